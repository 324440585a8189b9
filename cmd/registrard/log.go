package main

import (
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"registrard/config"
)

// nodeLogger is a node's log: whatever stderr does, it holds up nobody. What is
// said there after it goes the same way.
func (a *app) nodeLogger(l config.Log) (*slog.Logger, *slog.LevelVar, *logSink) {
	sink := newLogSink(a.stderr)
	a.sink, a.stderr = sink, sink
	log, level := newLogger(sink, l, a.environ)
	sink.recovered = func(lines uint64) {
		log.Warn("the log stalled, or couldn't be written; lines are missing here", "lines", lines)
	}
	return log, level, sink
}

// newLogger writes to w: for people on a terminal, else JSON, unless the format
// is set. The level can be changed while it runs.
func newLogger(w io.Writer, l config.Log, environ []string) (*slog.Logger, *slog.LevelVar) {
	level := &slog.LevelVar{}
	level.Set(levelOf(l))
	screen := w
	if sink, ok := w.(*logSink); ok {
		screen = sink.to
	}
	f, ok := screen.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	switch {
	case terminal && l.Format != "json":
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: "15:04:05.000", NoColor: noColor(environ)})), level
	case l.Format == "text":
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})), level
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), level
}

// levelOf is the level that configuration names; config has checked it.
func levelOf(l config.Log) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}

// noColor is the agreement of no-color.org.
func noColor(environ []string) bool {
	for _, e := range environ {
		if value, ok := strings.CutPrefix(e, "NO_COLOR="); ok && value != "" {
			return true
		}
	}
	return false
}
