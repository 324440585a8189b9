package store

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"registrard/rules"
)

// Each ticket is answered at its deadline, in whatever order they come, unless
// it was answered before.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d deadlines
		began := time.Now()
		var mu sync.Mutex
		answered := map[int]time.Duration{}
		tickets := map[int]*ticket{}
		for _, ms := range []int{500, 200, 900, 200, 700, 100} {
			x := &ticket{deadline: began.Add(time.Duration(ms) * time.Millisecond), deadlines: &d, done: func(_ rules.Result, err error) {
				if !errors.Is(err, ErrUnknownOutcome) {
					t.Errorf("%d ms: %v", ms, err)
				}
				mu.Lock()
				defer mu.Unlock()
				answered[ms] += time.Since(began)
			}}
			tickets[ms] = x
			d.add(x)
		}
		for _, ms := range []int{100, 700} {
			tickets[ms].done = func(rules.Result, error) {}
			tickets[ms].answer(rules.Result{}, nil)
			tickets[ms].answer(rules.Result{}, nil) // once
		}
		time.Sleep(550 * time.Millisecond)
		synctest.Wait()
		mu.Lock()
		want := map[int]time.Duration{200: 400 * time.Millisecond, 500: 500 * time.Millisecond}
		for ms, at := range want {
			if answered[ms] != at {
				t.Errorf("those of %d ms were answered after %s in all, want %s", ms, answered[ms], at)
			}
		}
		if len(answered) != len(want) {
			t.Errorf("answered: %v", answered)
		}
		mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if answered[900] != 900*time.Millisecond || d.first != nil || d.last != nil {
			t.Errorf("the last was answered after %s; left: %v %v", answered[900], d.first, d.last)
		}
		tickets[900].done = func(rules.Result, error) { t.Error("the last was answered twice") }
		tickets[900].answer(rules.Result{}, nil)
	})
}
