package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"registrard/view"
)

//go:embed assets
var assets embed.FS

//go:embed openapi.json
var openAPI []byte

// site is the page: what it shows comes from the lists, and is brought up to
// date by hub.
type site struct {
	node, version string
	ready         func() error
	lists         []*list
	templates     *template.Template
	prefix        string // of the assets' paths; it changes with what is in them
	hub           *hub
}

func newSite(o Options, views Views) (*site, error) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	templates, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		sum.Write(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	s := &site{
		node: o.Node, version: o.Version, ready: o.Ready, lists: lists(views), templates: templates,
		prefix: "/assets/" + hex.EncodeToString(sum.Sum(nil)[:6]) + "/",
	}
	s.hub = newHub(s, views.Counts)
	return s, nil
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /api/v1/", api(s.lists))
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET "+s.prefix+"{file...}", asset)
	for _, l := range s.lists {
		pattern := "GET " + l.path
		if l.path == "/" {
			pattern += "{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, l) })
	}
	return mux
}

// asset serves a file that may be kept for ever: another one has another path.
func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	text, err := assets.ReadFile("assets/" + name)
	if err != nil || strings.HasSuffix(name, ".html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	writeBody(w, http.StatusOK, mime.TypeByExtension(path.Ext(name)), text)
}

// pageData is what the template page prints.
type pageData struct {
	Title, Node, Version, Assets, Path, API, Events, Query, Placeholder string
	Tabs                                                                []tab
	Chips                                                               []chip
	Status                                                              status
	List                                                                template.HTML
}

type tab struct {
	Path, Title string
	Current     bool
}

// chip is a filter that is not in the search box: Value for the eye, Raw for
// the form. Without is the page without it.
type chip struct{ Name, Value, Raw, Without string }

// page answers with a list; with the part that changes alone when htmx asks.
func (s *site) page(w http.ResponseWriter, r *http.Request, l *list) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	var f view.Filter
	if err == nil {
		f, err = l.fromBox(query)
	}
	if err != nil {
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readDeadline)
	defer cancel()
	html, code := s.render(ctx, l, f)
	d := pageData{
		Title: l.title, Node: s.node, Version: s.version, Assets: s.prefix, Path: l.path, Placeholder: l.placeholder,
		API: to("/api/v1/"+l.Name, f), Events: eventsURL(l, f, html), Query: box(f), Chips: l.chips(f),
		Status: s.hub.statusNow(), List: template.HTML(html),
	}
	for _, t := range s.lists {
		d.Tabs = append(d.Tabs, tab{Path: t.path, Title: t.title, Current: t == l})
	}
	name := "page"
	if r.Header.Get("HX-Request") == "true" {
		name, code = "live", http.StatusOK // htmx shows no body of an error
	}
	w.Header().Set("Vary", "HX-Request")
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, name, d); err != nil {
		answer(w, http.StatusInternalServerError, "the page can't be made: "+err.Error())
		return
	}
	writeBody(w, code, "text/html; charset=utf-8", out.Bytes())
}

// render makes the part that shows the list. An error is told in it.
func (s *site) render(ctx context.Context, l *list, f view.Filter) (html []byte, code int) {
	g, next, err := l.asGrid(ctx, f)
	code = http.StatusOK
	if err != nil {
		code = statusOf(err)
		g = grid{Problem: err.Error(), Bad: code != http.StatusNotFound}
	}
	if f.After != "" {
		first := f
		first.After = ""
		g.First = to(l.path, first)
	}
	if next != "" {
		f.After = next
		g.Next = to(l.path, f)
	}
	switch {
	case g.Empty == "" || f == (view.Filter{Limit: f.Limit, After: f.After}):
	case g.Cut:
		g.Empty = "Nothing is found so far."
	default:
		g.Empty = "Nothing is found."
	}
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, "list", g); err != nil {
		return []byte("the list can't be made"), http.StatusInternalServerError
	}
	return out.Bytes(), code
}

// digest tells two renderings apart.
func digest(html []byte) string {
	sum := sha256.Sum256(html)
	return hex.EncodeToString(sum[:8])
}

func eventsURL(l *list, f view.Filter, html []byte) string {
	values := url.Values(f.Values())
	values.Set("list", l.Name)
	values.Set("have", digest(html))
	return "/events?" + values.Encode()
}

// to is a path with a filter.
func to(path string, f view.Filter) string {
	if values := url.Values(f.Values()); len(values) > 0 {
		return path + "?" + values.Encode()
	}
	return path
}

// fromBox reads the filter of a page: what is in the search box is an address
// or a network where the list has such, else a text.
func (l *list) fromBox(query url.Values) (view.Filter, error) {
	if query.Has("q") {
		q := strings.TrimSpace(query.Get("q"))
		query.Del("q")
		query.Del("text")
		name := "text"
		if _, is := view.ParseSource(q); is && slices.Contains(l.Filters, "source") {
			name = "source"
			query.Del("source")
		}
		if q != "" {
			query.Set(name, q)
		}
	}
	return l.Parse(query)
}

// box is what stands in the search box.
func box(f view.Filter) string {
	if f.Text != "" {
		return f.Text
	}
	return url.Values(view.Filter{Source: f.Source}.Values()).Get("source")
}

func (l *list) chips(f view.Filter) (out []chip) {
	values := url.Values(f.Values())
	inBox := "text"
	if f.Text == "" {
		inBox = "source"
	}
	for _, name := range l.Filters {
		if name == inBox || !values.Has(name) {
			continue
		}
		without := url.Values(f.Values())
		without.Del(name)
		without.Del("after")
		out = append(out, chip{Name: name, Value: view.Printable(values.Get(name)), Raw: values.Get(name), Without: strings.TrimSuffix(l.path+"?"+without.Encode(), "?")})
	}
	return out
}
