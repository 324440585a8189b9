package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"registrard/view"
)

// readDeadline is what a list may take. It is below writeTimeout, so that
// whoever asked is told.
const readDeadline = 10 * time.Second

// problem is the answer to what can't be answered (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// statusOf says what an error of a list is to whoever asked for it.
func statusOf(err error) int {
	switch {
	case errors.As(err, new(*view.BadFilter)):
		return http.StatusBadRequest
	case errors.As(err, new(*view.Absent)):
		return http.StatusNotFound
	}
	return http.StatusServiceUnavailable
}

func refuse(w http.ResponseWriter, status int, detail string) {
	// It can't fail: three fields of plain types.
	text, _ := json.Marshal(problem{http.StatusText(status), status, detail})
	writeBody(w, status, "application/problem+json", text)
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(body)
}

// api is the routes under /api/v1/, which openapi.json describes.
func api(all []*list) http.Handler {
	mux := http.NewServeMux()
	for _, l := range all {
		mux.HandleFunc("GET /api/v1/"+l.Name, func(w http.ResponseWriter, r *http.Request) {
			query, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil {
				refuse(w, http.StatusBadRequest, "the query can't be read: "+err.Error())
				return
			}
			f, err := l.Parse(query)
			if err != nil {
				refuse(w, statusOf(err), err.Error())
				return
			}
			ctx, cancel := context.WithTimeout(r.Context(), readDeadline)
			defer cancel()
			body, err := l.asJSON(ctx, f)
			if err != nil {
				refuse(w, statusOf(err), err.Error())
				return
			}
			writeBody(w, http.StatusOK, "application/json", append(body, '\n'))
		})
	}
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		writeBody(w, http.StatusOK, "application/json", openAPI)
	})
	mux.HandleFunc("GET /api/v1/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is no "+r.URL.Path+"; /api/v1/openapi.json lists what there is")
	})
	return mux
}
