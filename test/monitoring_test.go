package test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// metric of docs/metrics.md, which cmd/registrard holds against the code.
type metric struct{ kind, labels string }

func documentedMetrics(t *testing.T) map[string]metric {
	t.Helper()
	b, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]metric{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(registrard_\\w+)` \\| (\\w+) \\| ([^|]*) \\|").FindAllStringSubmatch(string(b), -1) {
		all[m[1]] = metric{m[2], m[3]}
	}
	if len(all) < 20 {
		t.Fatalf("docs/metrics.md has %d metrics; its form has changed", len(all))
	}
	return all
}

// target are labels that Prometheus itself adds.
var target = []string{"job", "instance"}

var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	selector = regexp.MustCompile(`\b((?:registrard|go|process)_\w+|up)\b(\{[^}]*\})?`)
	matcher  = regexp.MustCompile(`(\w+)\s*[=!]`)
	grouping = regexp.MustCompile(`\b(?:by|on)\s*\(([^)]*)\)`)
	standard = regexp.MustCompile(`^(up|process_(cpu_seconds_total|resident_memory_bytes|open_fds|max_fds)|go_(goroutines|memstats_heap_inuse_bytes))$`)
)

// checkExpression fails for a metric, or a label of it, that isn't there.
func checkExpression(t *testing.T, where, expression string, metrics map[string]metric) {
	t.Helper()
	bare := quoted.ReplaceAllString(expression, `""`)
	found := selector.FindAllStringSubmatch(bare, -1)
	if len(found) == 0 {
		t.Errorf("%s names no metric: %s", where, expression)
	}
	known := slices.Clone(target)
	for _, f := range found {
		name := f[1]
		m, ok := metrics[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && metrics[base].kind == "histogram" {
				m, ok = metrics[base], true
				known = append(known, "le")
			}
		}
		if !ok && !standard.MatchString(name) {
			t.Errorf("%s: no node registers %s", where, name)
			continue
		}
		labels := append(slices.Clone(target), strings.Split(m.labels, ", ")...)
		known = append(known, labels...)
		for _, l := range matcher.FindAllStringSubmatch(f[2], -1) {
			if !slices.Contains(labels, l[1]) {
				t.Errorf("%s: %s has no label %s", where, name, l[1])
			}
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(bare, -1) {
		for _, l := range strings.Split(g[1], ",") {
			if l = strings.TrimSpace(l); l != "" && !slices.Contains(known, l) {
				t.Errorf("%s groups by %s, which no metric in it has", where, l)
			}
		}
	}
}

// promtool is Prometheus' own check; make test fetches it.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		if program, err = filepath.Abs("../.tools/prometheus/usr/bin/promtool"); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v (make setup fetches it where it is missing)\n%s", args, err, out)
	}
}

// rules is a file of Prometheus' rules.
type rules struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	metrics := documentedMetrics(t)
	const file = "../deploy/prometheus/alerts.yml"
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	strict := yaml.NewDecoder(f)
	strict.KnownFields(true)
	var r rules
	if err := strict.Decode(&r); err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			checkExpression(t, rule.Alert, rule.Expr, metrics)
			if s := rule.Labels["severity"]; s != "page" && s != "ticket" {
				t.Errorf("%s has severity %q", rule.Alert, s)
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				t.Errorf("%s has no summary or description", rule.Alert)
			}
		}
	}
	promtool(t, "check", "rules", file)
	promtool(t, "test", "rules", "../deploy/prometheus/alerts_test.yml")
}

// dashboard is what is looked at of Grafana's JSON.
type dashboard struct {
	Title      string
	Templating struct {
		List []struct{ Name string }
	}
	Panels []panel
}

type panel struct {
	ID      int
	Title   string
	Type    string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ Expr, RefID string }
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	metrics := documentedMetrics(t)
	b, err := os.ReadFile("../deploy/grafana/registrard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	variables := []string{"__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	ids, shown := map[int]bool{}, map[string]bool{}
	var syntax strings.Builder
	syntax.WriteString("groups: [{name: dashboard, rules: [\n")
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has an id that another has", p.Title)
		}
		ids[p.ID] = true
		if (len(p.Targets) == 0) != (p.Type == "row") || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q has no target, or doesn't fit", p.Title)
		}
		for _, target := range p.Targets {
			checkExpression(t, "panel "+p.Title, target.Expr, metrics)
			for _, v := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, v[1]) {
					t.Errorf("panel %q: the dashboard has no variable %s", p.Title, v[1])
				}
			}
			for _, m := range selector.FindAllStringSubmatch(target.Expr, -1) {
				shown[m[1]] = true
			}
			expr, err := json.Marshal(strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&syntax, "{record: panel:%d%s, expr: %s},\n", p.ID, target.RefID, expr)
		}
	}
	syntax.WriteString("]}]\n")
	file := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(file, []byte(syntax.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
	// What the issue of operations asks to be seen.
	for _, name := range []string{"registrard_registrar_outcomes_total", "registrard_registrar_stage_seconds_bucket", "registrard_store_queue_depth",
		"registrard_store_batch_size_sum", "registrard_cache_hits_total", "registrard_cache_listening", "registrard_store_database_up",
		"registrard_contacts", "registrard_sip_flows", "go_goroutines"} {
		if !shown[name] {
			t.Errorf("the dashboard doesn't show %s", name)
		}
	}
}
