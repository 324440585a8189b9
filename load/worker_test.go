package load

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What the generator costs must not grow with garbage: nothing is allocated
// for a request, once room was made.
func TestNoAllocations(t *testing.T) {
	for _, mode := range []Mode{Refresh, Challenge} {
		w := mirrored(t, 1000)
		const count = 20000
		allocs := testing.AllocsPerRun(2, func() {
			if err := w.run(context.Background(), phase{mode: mode, outstanding: 64, count: count}); err != nil {
				t.Fatal(err)
			}
		})
		if per := allocs / count; per > 0.01 {
			t.Errorf("%s: %.3f allocations a registration", mode, per)
		}
	}
}

// Alarms come in the order of their time, whatever the order they were set in.
func TestAlarms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a alarms
		var model []int64 // due times
		now, lastFirst := int64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0: // as requests do it: always the same time from now
				lastFirst = now + 50
				a.first.push(alarm{due: lastFirst})
				model = append(model, lastFirst)
			case 1:
				due := now + rapid.Int64Range(0, 100).Draw(t, "in")
				a.add(alarm{due: due})
				model = append(model, due)
			case 2:
				now += rapid.Int64Range(0, 60).Draw(t, "pass")
				slices.Sort(model)
				var got []int64
				for x, ok := a.pop(now); ok; x, ok = a.pop(now) {
					got = append(got, x.due)
				}
				slices.Sort(got) // of those that are due, any may come first
				n, _ := slices.BinarySearch(model, now+1)
				if !slices.Equal(got, model[:n]) {
					t.Fatalf("at %d got %v, want %v", now, got, model[:n])
				}
				model = slices.Clone(model[n:])
			}
		}
	})
}
