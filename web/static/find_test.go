package static

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStreet holds the script's search to the cases that the server's is held to.
func TestStreet(t *testing.T) {
	t.Run("X7 the script finds what the server finds", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("no node here")
		}
		// Node 18, which Debian 12 has, takes a file for a module by its ending alone.
		script, err := os.ReadFile("find.js")
		if err != nil {
			t.Fatal(err)
		}
		module := filepath.Join(t.TempDir(), "find.mjs")
		if err := os.WriteFile(module, script, 0o600); err != nil {
			t.Fatal(err)
		}
		const program = `import { readFileSync } from "node:fs"; const { finder, searchable } = await import(process.argv[1]);
for (const { query, text, finds } of JSON.parse(readFileSync("testdata/find.json", "utf8")))
  if (Boolean(finder(query)(searchable(text))) !== finds) { console.log(JSON.stringify(query), finds ? "does not find" : "finds", JSON.stringify(text)); process.exitCode = 1; }`
		out, err := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", program, module).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
