package sandbox

import (
	"embed"
	"encoding/json"
	"net/http"
	"slices"
)

//go:embed i18n/*.json
var trees embed.FS

// showI18n: "Получить параметры интернационализации": the bare tree.
func showI18n(c *call) (reply, error) {
	code := c.request.PathValue("lang")
	if !slices.Contains(languageCodes[:], code) {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	text, err := trees.ReadFile("i18n/" + code + ".json")
	if err != nil {
		return reply{}, c.refuse(http.StatusNotFound, "error.notfound")
	}
	return reply{data: json.RawMessage(text), style: never}, nil
}
