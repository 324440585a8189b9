package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"registrard/view"
)

const (
	// pollEvery is the least time between two looks at what browsers show.
	pollEvery = 2 * time.Second
	// pollRest and countRest bound what looking costs the database: of the time
	// between two looks, a fourth is spent looking; of that between two counts of
	// all contacts, a twentieth is.
	pollRest  = 4
	countRest = 20
	// maxLive is how many browsers are kept up to date at a time; one more is told
	// to come back.
	maxLive = 64
	// keepAlive is the time after which something is sent, so that proxies and
	// browsers see that the connection lives.
	keepAlive = 15 * time.Second
	// sendDeadline is how long a browser may take to take it.
	sendDeadline = 10 * time.Second
)

// hub looks at what browsers show and sends what has changed: one goroutine a
// node, however many browsers there are, and none of it while there is none.
// What several show is looked at once.
type hub struct {
	site  *site
	every time.Duration // pollEvery, but for tests
	count func(context.Context) ([]view.Count, error)
	wake  chan struct{}
	over  chan struct{} // closed when no more is sent

	mu      sync.Mutex
	topics  map[string]*topic
	clients int
	counts  []view.Count
	counted time.Time     // zero: never
	took    time.Duration // of the last count
}

// topic is one list with one filter.
type topic struct {
	list        *list
	filter      view.Filter
	html        []byte // nil: not looked at yet
	digest      string
	subscribers map[*client]bool
}

// client is a browser. What it hasn't taken yet is replaced by what is newer.
type client struct {
	mu           sync.Mutex
	list, status []byte
	signal       chan struct{}
}

var errTooMany = errors.New("as many browsers as can be kept up to date are there already")

func newHub(s *site, count func(context.Context) ([]view.Count, error)) *hub {
	return &hub{site: s, every: pollEvery, count: count, wake: make(chan struct{}, 1), over: make(chan struct{}), topics: map[string]*topic{}}
}

// run looks until ctx ends.
func (h *hub) run(ctx context.Context) {
	defer close(h.over)
	for {
		if h.watched() == 0 {
			select {
			case <-h.wake:
			case <-ctx.Done():
				return
			}
		}
		h.countIfDue(ctx)
		began := time.Now()
		h.look(ctx)
		rest := max(h.every, pollRest*time.Since(began))
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return
		}
	}
}

func (h *hub) watched() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clients
}

// look renders every topic and tells its subscribers when it has changed.
func (h *hub) look(ctx context.Context) {
	h.mu.Lock()
	topics := make([]*topic, 0, len(h.topics))
	for _, t := range h.topics {
		topics = append(topics, t)
	}
	h.mu.Unlock()
	for _, t := range topics {
		bounded, cancel := context.WithTimeout(ctx, readDeadline)
		html, _ := h.site.render(bounded, t.list, t.filter)
		cancel()
		if ctx.Err() != nil {
			return
		}
		h.publish(t, html)
	}
	status := h.site.renderStatus()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.topics {
		for c := range t.subscribers {
			c.put(nil, status)
		}
	}
}

func (h *hub) publish(t *topic, html []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changed := t.digest != digest(html)
	t.html, t.digest = html, digest(html)
	if changed {
		for c := range t.subscribers {
			c.put(html, nil)
		}
	}
}

func (h *hub) countIfDue(ctx context.Context) {
	h.mu.Lock()
	due := time.Since(h.counted) >= max(h.every, countRest*h.took)
	h.mu.Unlock()
	if !due {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	began := time.Now()
	counts, err := h.count(bounded)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.took = time.Since(began)
	h.counted = time.Now()
	h.counts = counts
	if err != nil {
		h.counts = nil // the list says why
	}
}

// subscribe makes a client of a list; have is the digest of what it shows.
// leave must be called.
func (h *hub) subscribe(l *list, f view.Filter, have string) (c *client, leave func(), err error) {
	key := l.Name + "?" + url.Values(f.Values()).Encode()
	c = &client{signal: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients >= maxLive {
		return nil, nil, errTooMany
	}
	h.clients++
	t := h.topics[key]
	if t == nil {
		t = &topic{list: l, filter: f, digest: have, subscribers: map[*client]bool{}}
		h.topics[key] = t
	}
	t.subscribers[c] = true
	switch {
	case t.digest == have:
	case t.html == nil:
		t.digest = "" // two browsers show different things: the next look tells both
	default:
		c.put(t.html, nil)
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.clients--
		if delete(t.subscribers, c); len(t.subscribers) == 0 {
			delete(h.topics, key)
		}
	}, nil
}

// put replaces what the client has not taken; nil leaves it.
func (c *client) put(list, status []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if list != nil {
		c.list = list
	}
	if status != nil {
		c.status = status
	}
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// take gives what is new.
func (c *client) take() (list, status []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, status = c.list, c.status
	c.list, c.status = nil, nil
	return list, status
}

// events sends what changes on a page as server-sent events: list and status,
// each with the HTML that replaces it.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	i := slices.IndexFunc(s.lists, func(l *list) bool { return l.Name == query.Get("list") })
	if i < 0 {
		answer(w, http.StatusBadRequest, "list = "+strconv.Quote(query.Get("list"))+": want the name of a list, such as contacts")
		return
	}
	have := query.Get("have")
	query.Del("list")
	query.Del("have")
	f, err := s.lists[i].Parse(query)
	if err != nil {
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	c, leave, err := s.hub.subscribe(s.lists[i], f, have)
	if err != nil {
		w.Header().Set("Retry-After", "30")
		answer(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer leave()
	// The deadlines of the server are for short answers.
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		answer(w, http.StatusInternalServerError, "this connection can't be kept open")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	var shown []byte // the status that the browser shows
	text := []byte(": registrard\nretry: 2000\n\n")
	for {
		if err := send(control, w, text); err != nil {
			return
		}
		text = text[:0]
		select {
		case <-c.signal:
			list, status := c.take()
			if list != nil {
				text = appendEvent(text, "list", list)
			}
			if status != nil && !bytes.Equal(status, shown) {
				text, shown = appendEvent(text, "status", status), status
			}
		case <-alive.C:
			text = append(text, ": alive\n\n"...)
		case <-s.hub.over:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func send(control *http.ResponseController, w http.ResponseWriter, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := control.SetWriteDeadline(time.Now().Add(sendDeadline)); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return control.Flush()
}

// appendEvent writes an event: a data line for each line of it.
func appendEvent(to []byte, name string, data []byte) []byte {
	to = append(to, "event: "+name+"\n"...)
	for line := range bytes.Lines(data) {
		to = append(to, "data: "...)
		to = append(to, bytes.TrimRight(line, "\r\n")...)
		to = append(to, '\n')
	}
	return append(to, '\n')
}

// status is the line above a list.
type status struct {
	Node, State, Class string
	// Counted says that Contacts and By are known.
	Counted  bool
	Contacts string
	By       []string
}

func (h *hub) statusNow() status {
	st := status{Node: h.site.node, State: "is ready", Class: "good"}
	if err := h.site.ready(); err != nil {
		st.State, st.Class = "is not ready: "+err.Error(), "bad"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if st.Counted = h.counts != nil; !st.Counted {
		return st
	}
	var total int64
	by := map[string]int64{}
	for _, c := range h.counts {
		total += c.Contacts
		by[c.Transport] += c.Contacts
	}
	st.Contacts = strconv.FormatInt(total, 10)
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		st.By = append(st.By, fmt.Sprintf("%s %d", view.Printable(name), by[name]))
	}
	return st
}

func (s *site) renderStatus() []byte {
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, "status", s.hub.statusNow()); err != nil {
		return nil
	}
	return out.Bytes()
}
