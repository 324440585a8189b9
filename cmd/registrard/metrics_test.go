package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/config"
)

// family is a metric as docs/metrics.md tells of it.
type family struct{ name, kind, labels, help string }

var descText = regexp.MustCompile(`fqName: "([^"]*)", help: "((?:[^"\\]|\\.)*)"(?:, unit: "[^"]*")?, constLabels: {([^}]*)}, variableLabels: {([^}]*)}`)

// families are all metrics that a node registers, those without a value too.
func families(t *testing.T) []family {
	t.Helper()
	c, mistakes := config.Load(nil, []string{"REGISTRARD_LISTEN=udp://127.0.0.1:0", "REGISTRARD_ADMIN_LISTEN=127.0.0.1:0",
		"REGISTRARD_DATABASE_URL=postgres://nobody@127.0.0.1:1/none"})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	n, err := newNode(t.Context(), c, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.run(ended); err != nil {
		t.Fatal(err)
	}
	byName := map[string]family{}
	for _, collector := range n.registry.ours {
		kind := ""
		switch collector.(type) {
		case *prometheus.HistogramVec, prometheus.Histogram:
			kind = "histogram"
		}
		descs := make(chan *prometheus.Desc, 16)
		go func() { collector.Describe(descs); close(descs) }()
		for d := range descs {
			m := descText.FindStringSubmatch(d.String())
			if m == nil {
				t.Fatalf("can't read %s", d)
			}
			f := family{name: m[1], kind: kind, help: strings.ReplaceAll(m[2], `\"`, `"`)}
			if f.kind == "" {
				f.kind = "gauge"
				if strings.HasSuffix(f.name, "_total") {
					f.kind = "counter"
				}
			}
			var labels []string
			for _, l := range append(strings.Split(m[3], ","), strings.Split(m[4], ",")...) {
				if name, _, _ := strings.Cut(strings.TrimSpace(l), "="); name != "" && !slices.Contains(labels, name) {
					labels = append(labels, name)
				}
			}
			slices.Sort(labels)
			f.labels = strings.Join(labels, ", ")
			if old, known := byName[f.name]; known && old != f {
				t.Errorf("two metrics of one name: %+v and %+v", old, f)
			}
			byName[f.name] = f
		}
	}
	var all []family
	for _, f := range byName {
		if f.help == "" || !strings.HasPrefix(f.name, "registrard_") {
			t.Errorf("a metric needs the prefix registrard_ and a help text: %+v", f)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b family) int { return cmp.Compare(a.name, b.name) })
	return all
}

const metricsDoc = "../../docs/metrics.md"

const metricsHead = `# Metrics
Served in Prometheus' format at ` + "`/metrics` on `admin.listen`" + `. The table is made from the code (` + "`go test ./cmd/registrard -run TestMetrics -update`" + `), and a test holds it, the dashboard and the alerts against what a node registers. Beside these there are ` + "`go_*` and `process_*`" + `, of the Go runtime and of the process.

Histograms have classic buckets and native ones. Labels come from closed lists, never from a phone.

- Dashboard for Grafana: [deploy/grafana/registrard.json](../deploy/grafana/registrard.json). Alerts: [deploy/prometheus/alerts.yml](../deploy/prometheus/alerts.yml).
- ` + "`registrard_contacts` is counted from the view `registrations`, by every node: `max by (node, transport) (registrard_contacts)` agrees with `SELECT node, transport, count(*) FROM registrations GROUP BY 1, 2`, as of at most a minute ago (a table so large that counting takes a second is counted every 50 seconds, and so on)." + `
- ` + "`registrard_registrar_outcomes_total` counts each REGISTER that reached the rules; `registrard_sip_messages_total` counts every answer, also what SIP itself refused." + `

| metric | type | labels | meaning |
|---|---|---|---|
`

func TestMetrics(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(metricsHead)
	for _, f := range families(t) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, f.kind, f.labels, strings.ReplaceAll(f.help, "|", `\|`))
	}
	if *update {
		if err := os.WriteFile(metricsDoc, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Errorf("docs/metrics.md isn't what a node registers; renew it: go test ./cmd/registrard -run TestMetrics -update")
	}
}
