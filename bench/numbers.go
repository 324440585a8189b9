package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// numbers are a node's metrics at a moment, by name and labels as in the text.
type numbers map[string]float64

const (
	residentBytes = "process_resident_memory_bytes"
	heapInUse     = "go_memstats_heap_inuse_bytes"
	nextGC        = "go_memstats_next_gc_bytes"
	gcPercent     = "go_gc_gogc_percent"
	entries       = `registrard_cache_entries{kind="endpoint"}`
	hits          = `registrard_cache_hits_total{kind="endpoint"}`
	misses        = `registrard_cache_misses_total{kind="endpoint"}`
	filterBytes   = "registrard_cache_filter_bytes"
	passedOn      = "registrard_store_refreshes_passed_on_total"
)

// readNumbers asks a node's admin server.
func readNumbers(ctx context.Context, address string) (numbers, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reading the node's metrics: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading the node's metrics: %s", answer.Status)
	}
	n := numbers{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if value, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			n[line[:at]] = value
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the node's metrics: %w", err)
	}
	for _, wanted := range []string{residentBytes, heapInUse, nextGC, gcPercent, entries, hits, misses, filterBytes, passedOn} {
		if _, ok := n[wanted]; !ok {
			return nil, fmt.Errorf("the node's metrics have no %s", wanted)
		}
	}
	return n, nil
}

// live is what the last collection found in use, bytes: the goal of the next
// one is so many percent above it.
func (n numbers) live() float64 { return n[nextGC] * 100 / (100 + n[gcPercent]) }
