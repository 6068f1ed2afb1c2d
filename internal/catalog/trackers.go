package catalog

import (
	"regexp"

	"okoshko/internal/upstream"
)

// Trackers are the ids under which a salon's analytics know it: Yandex Metrica, Google, Facebook, VK, AppMetrica. A value
// that is not shaped like an id is left out, because the ids go to a website that passes them on to scripts.
type Trackers struct {
	Metrika, Google, Facebook, VK, AppMetrica string
}

var (
	numberID = regexp.MustCompile(`^[1-9][0-9]{3,19}$`)
	googleID = regexp.MustCompile(`^(G|UA|AW|GT|GTM)-[A-Z0-9]{2,20}(-[0-9]{1,4})?$`)
	// applicationID is a UUID, which is what AppMetrica calls an application for those who send to it (rest-api: app_metrika_id).
	applicationID = regexp.MustCompile(`^([1-9][0-9]{3,19}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)
	retargetID    = regexp.MustCompile(`^VK-RTRG-[0-9]{1,12}-[A-Za-z0-9]{1,12}$`)
)

func trackers(raw upstream.Bookform) Trackers {
	only := func(shape *regexp.Regexp, id string) string {
		if !shape.MatchString(id) {
			return ""
		}
		return id
	}
	return Trackers{
		Metrika: only(numberID, raw.MetrikaCounterID), Google: only(googleID, raw.GoogleAnalyticsID),
		Facebook: only(numberID, raw.FacebookPixelID), VK: only(retargetID, raw.VKPixelID),
		AppMetrica: only(applicationID, raw.AppMetrikaID),
	}
}
