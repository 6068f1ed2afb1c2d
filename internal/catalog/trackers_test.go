package catalog

import (
	"testing"

	"okoshko/internal/upstream"
)

// TestCounterIDsAreShapedLikeIDs: whatever else a salon, or whoever writes for it, put there never
// reaches a website's scripts.
func TestCounterIDsAreShapedLikeIDs(t *testing.T) {
	good := upstream.Bookform{
		MetrikaCounterID: "50217133", GoogleAnalyticsID: "UA-1234567-1", FacebookPixelID: "123456789012345",
		VKPixelID: "VK-RTRG-123456-AbC9", AppMetrikaID: "4012345",
	}
	want := Trackers{Metrika: "50217133", Google: "UA-1234567-1", Facebook: "123456789012345", VK: "VK-RTRG-123456-AbC9", AppMetrica: "4012345"}
	if got := trackers(good); got != want {
		t.Errorf("trackers = %+v, want %+v", got, want)
	}
	for _, id := range []string{"G-ABC123XYZ", "AW-123456789", "GTM-ABC12"} {
		if trackers(upstream.Bookform{GoogleAnalyticsID: id}).Google != id {
			t.Errorf("%q is no id", id)
		}
	}
	for _, bad := range []string{
		"46ab3b93-1bc6-457d-82f0-c1b51f39b01", "46ab3b93-1bc6-457d-82f0-c1b51f39b01e<", "46ab3b931bc6457d82f0c1b51f39b01e",
		"", " ", "0", "-1", "12a4", "50217133 ", "50217133;alert(1)", `"><script>`, "G-", "g-abc", "G-ABC'", "UA-1-1-1", "VK-RTRG-1", "VK-RTRG-1-<b>",
		"50217133\n", "5021713350217133502171335021", "gtag:G-ABC123XYZ", "٥٠٢١٧١٣٣",
	} {
		raw := upstream.Bookform{MetrikaCounterID: bad, GoogleAnalyticsID: bad, FacebookPixelID: bad, VKPixelID: bad, AppMetrikaID: bad}
		if got := trackers(raw); got != (Trackers{}) {
			t.Errorf("%q passes: %+v", bad, got)
		}
	}
}
