package main

import (
	"fmt"
	"html"
	"strings"
)

// chart is horizontal bars in groups, each bar of one or more parts.
type chart struct {
	title, unit string
	parts       []string // what the parts of a bar are; their legend
	groups      []group
}

type group struct {
	name string
	bars []bar
}

type bar struct {
	name  string
	parts []float64
	ours  bool
}

// Colours that are told apart in print and by the colour-blind, on a light
// ground and a dark one: of others, and of ours.
var (
	theirColours = []string{"#8a94a6", "#c3c9d3"}
	ourColours   = []string{"#d9730d", "#f2b272"}
)

const (
	chartWidth = 760
	labelWidth = 230
	valueWidth = 90
	barHeight  = 18
	barGap     = 5
	groupGap   = 34
	topHeight  = 58
)

func (c chart) svg() string {
	most, height := 0.0, topHeight
	for _, g := range c.groups {
		height += groupGap + len(g.bars)*(barHeight+barGap)
		for _, b := range g.bars {
			most = max(most, b.sum())
		}
	}
	if most == 0 {
		most = 1
	}
	height += 12
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" font-family="system-ui, sans-serif" font-size="12">`+"\n", chartWidth, height)
	fmt.Fprintf(&s, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", html.EscapeString(c.title))
	fmt.Fprintf(&s, `<text x="12" y="24" font-size="16" font-weight="600" fill="#1f2430">%s</text>`+"\n", html.EscapeString(c.title))
	x := 12
	for i, p := range c.parts {
		fmt.Fprintf(&s, `<rect x="%d" y="36" width="10" height="10" fill="%s"/><rect x="%d" y="36" width="10" height="10" fill="%s"/>`,
			x, theirColours[i], x+12, ourColours[i])
		fmt.Fprintf(&s, `<text x="%d" y="45" fill="#4a5162">%s</text>`+"\n", x+28, html.EscapeString(p))
		x += 44 + 7*len(p)
	}
	y := topHeight
	for _, g := range c.groups {
		y += groupGap - 10
		fmt.Fprintf(&s, `<text x="12" y="%d" font-weight="600" fill="#1f2430">%s</text>`+"\n", y-6, html.EscapeString(g.name))
		for _, b := range g.bars {
			colours, weight := theirColours, "400"
			if b.ours {
				colours, weight = ourColours, "600"
			}
			fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="end" font-weight="%s" fill="#1f2430">%s</text>`, labelWidth-8, y+13, weight, html.EscapeString(b.name))
			at := float64(labelWidth)
			for i, v := range b.parts {
				width := v / most * (chartWidth - labelWidth - valueWidth)
				fmt.Fprintf(&s, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, at, y, width, barHeight, colours[i])
				at += width
			}
			fmt.Fprintf(&s, `<text x="%.1f" y="%d" font-weight="%s" fill="#1f2430">%s%s</text>`+"\n", at+6, y+13, weight, thousands(b.sum()), html.EscapeString(c.unit))
			y += barHeight + barGap
		}
		y += 10
	}
	s.WriteString("</svg>\n")
	return s.String()
}

func (b bar) sum() float64 {
	sum := 0.0
	for _, v := range b.parts {
		sum += v
	}
	return sum
}

func rateChart(o options, samples []sample) chart {
	return chart{title: "Registrations a second", groups: groups(o, samples, func(c cell) []float64 {
		return []float64{c.median(rate)}
	})}
}

func cpuChart(o options, samples []sample) chart {
	return chart{title: "CPU a registration, µs", unit: " µs", parts: []string{"registrar", "PostgreSQL"},
		groups: groups(o, samples, func(c cell) []float64 {
			return []float64{c.median(func(s sample) float64 { return s.serverCPU }), c.median(func(s sample) float64 { return s.dbCPU })}
		})}
}

func groups(o options, samples []sample, parts func(cell) []float64) []group {
	var out []group
	for _, outstanding := range o.outstanding {
		for _, mode := range modes {
			g := group{name: fmt.Sprintf("%s, %d outstanding", mode, outstanding)}
			for _, system := range order {
				if c := pick(samples, system, outstanding, mode); len(c) > 0 {
					g.bars = append(g.bars, bar{name: system, parts: parts(c), ours: system == ours})
				}
			}
			out = append(out, g)
		}
	}
	return out
}
