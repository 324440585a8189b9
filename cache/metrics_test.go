package cache

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	f := newFake()
	f.set("6001", 1)
	c := newCache(t, Options{Source: f, Metrics: reg})
	c.Listening()
	want(t, c, "6001", "1")
	want(t, c, "6001", "1")
	want(t, c, "nobody", "absent")
	f.err = errors.New("no connection")
	want(t, c, "6002", `loading endpoint "6002": no connection`)
	c.Changed("ps_aors", []string{"x"})
	c.Changed("ps_strange", []string{"x"})

	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			values[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"registrard_cache_hits_total endpoint":        1,
		"registrard_cache_misses_total endpoint":      3,
		"registrard_cache_loads_total endpoint":       3,
		"registrard_cache_load_errors_total endpoint": 1,
		"registrard_cache_load_seconds endpoint":      3,
		"registrard_cache_loads_total site":           0,
		"registrard_cache_changes_total ps_aors":      1,
		"registrard_cache_changes_total other":        1,
		"registrard_cache_entries endpoint":           0, // ps_strange dropped all
		"registrard_cache_listening":                  1,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}
