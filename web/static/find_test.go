package static

import (
	"os/exec"
	"testing"
)

// TestStreet holds the script's search to the cases that the server's is held to.
func TestStreet(t *testing.T) {
	t.Run("X7 the script finds what the server finds", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("no node here")
		}
		const program = `import { readFileSync } from "node:fs"; import { finder, searchable } from "./find.js";
for (const { query, text, finds } of JSON.parse(readFileSync("testdata/find.json", "utf8")))
  if (Boolean(finder(query)(searchable(text))) !== finds) { console.log(JSON.stringify(query), finds ? "does not find" : "finds", JSON.stringify(text)); process.exitCode = 1; }`
		out, err := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", program).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
