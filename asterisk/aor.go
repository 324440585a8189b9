package asterisk

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// AOR is a row of ps_aors: a name by which something is reached, and the
// policy for its contacts.
type AOR struct {
	ID string
	// Permanent are the URIs of ps_aors.contact: never expired, never counted.
	Permanent []string
	// Seconds; defaults 3600, 60, 7200 for NULL.
	DefaultExpiration, MinimumExpiration, MaximumExpiration int
	// MaxContacts 0 (or NULL) refuses registration.
	MaxContacts                                    int
	RemoveExisting, RemoveUnavailable, SupportPath bool
	// Copied into each contact for Asterisk's qualify: seconds, 0 is never.
	QualifyFrequency int
	// Seconds, NULL is 3.
	QualifyTimeout      float64
	AuthenticateQualify bool
	Qualify2xxOnly      bool
	OutboundProxy       string
	Problems            []Problem
}

// AORRow is a ps_aors row as the columns hold it; nil is NULL.
type AORRow struct {
	ID                  string   `json:"id"`
	Contact             *string  `json:"contact"`
	OutboundProxy       *string  `json:"outbound_proxy"`
	DefaultExpiration   *int32   `json:"default_expiration"`
	MinimumExpiration   *int32   `json:"minimum_expiration"`
	MaximumExpiration   *int32   `json:"maximum_expiration"`
	MaxContacts         *int32   `json:"max_contacts"`
	QualifyFrequency    *int32   `json:"qualify_frequency"`
	QualifyTimeout      *float64 `json:"qualify_timeout"`
	RemoveExisting      *string  `json:"remove_existing"`
	RemoveUnavailable   *string  `json:"remove_unavailable"`
	SupportPath         *string  `json:"support_path"`
	AuthenticateQualify *string  `json:"authenticate_qualify"`
	Qualify2xxOnly      *string  `json:"qualify_2xx_only"`
}

// Defaults and limits of ps_aors (Asterisk, location.c), in seconds.
const (
	defaultExpiration   = 3600
	minimumExpiration   = 60
	maximumExpiration   = 7200
	maxQualifyFrequency = 86400
	qualifyTimeout      = 3.0
)

// contactIDWidth is ps_contacts.id varchar(255).
const contactIDWidth = 255

// DecodeAOR decodes a row of ps_aors. Values out of range are drawn to what is
// near and harmless, each with a Problem.
func DecodeAOR(ar AORRow) AOR {
	r := &row{table: "ps_aors", id: Unescape(ar.ID)}
	a := AOR{
		ID:                  r.id,
		Permanent:           r.permanent(ar.Contact),
		DefaultExpiration:   r.integer("default_expiration", ar.DefaultExpiration, 1, math.MaxInt32, defaultExpiration),
		MinimumExpiration:   r.integer("minimum_expiration", ar.MinimumExpiration, 0, math.MaxInt32, minimumExpiration),
		MaximumExpiration:   r.integer("maximum_expiration", ar.MaximumExpiration, 1, math.MaxInt32, maximumExpiration),
		MaxContacts:         r.integer("max_contacts", ar.MaxContacts, 0, math.MaxInt32, 0),
		RemoveExisting:      r.boolean("remove_existing", ar.RemoveExisting, false),
		RemoveUnavailable:   r.boolean("remove_unavailable", ar.RemoveUnavailable, false),
		SupportPath:         r.boolean("support_path", ar.SupportPath, false),
		QualifyFrequency:    r.integer("qualify_frequency", ar.QualifyFrequency, 0, maxQualifyFrequency, 0),
		QualifyTimeout:      qualifyTimeout,
		AuthenticateQualify: r.boolean("authenticate_qualify", ar.AuthenticateQualify, false),
		Qualify2xxOnly:      r.boolean("qualify_2xx_only", ar.Qualify2xxOnly, false),
		OutboundProxy:       text(ar.OutboundProxy),
	}
	if t := ar.QualifyTimeout; t != nil {
		if *t >= 0 && *t <= maxQualifyFrequency {
			a.QualifyTimeout = *t
		} else {
			r.problem("qualify_timeout", fmt.Sprintf("is %v, which is no time to wait", *t), "write seconds, such as 3.0")
		}
	}
	if a.MinimumExpiration > a.MaximumExpiration {
		// The maximum is what the operator counts on to notice a dead phone.
		r.problem("minimum_expiration", fmt.Sprintf("is %d, above maximum_expiration, %d; %d is used for both",
			a.MinimumExpiration, a.MaximumExpiration, a.MaximumExpiration), "make it less than the maximum")
		a.MinimumExpiration = a.MaximumExpiration
	}
	switch longest := contactIDWidth - contactIDTail; {
	case strings.Contains(a.ID, ";@"):
		r.problem("id", `holds ";@", which ends the AOR in a contact's id, so nobody can register`, "use another id")
		a.MaxContacts = 0
	case utf8.RuneCountInString(Escape(a.ID)) > longest:
		r.problem("id", fmt.Sprintf("is longer than %d characters, so no contact's id has room for it, and nobody can register", longest),
			"use a shorter id")
		a.MaxContacts = 0
	}
	a.Problems = r.problems
	return a
}

// integer reads an integer column; what is out of range becomes the nearer
// limit, or the default when it is too little.
func (r *row) integer(column string, v *int32, least, most, byDefault int) int {
	if v == nil {
		return byDefault
	}
	switch n := int(*v); {
	case n < least:
		r.problem(column, fmt.Sprintf("is %d; %d is used", n, byDefault), fmt.Sprintf("write %d or more", least))
		return byDefault
	case n > most:
		r.problem(column, fmt.Sprintf("is %d; %d is used", n, most), fmt.Sprintf("write %d or less", most))
		return most
	default:
		return n
	}
}

// permanent reads ps_aors.contact: a list of SIP URIs.
func (r *row) permanent(s *string) []string {
	if s != nil && strings.Contains(*s, ";") {
		r.problem("contact", "holds a plain semicolon, at which Asterisk cuts the text", "write ^3B instead")
	}
	uris := uniqueList(text(s))
	kept := uris[:0]
	for _, u := range uris {
		scheme, rest, _ := strings.Cut(u, ":")
		if !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") || rest == "" {
			r.problem("contact", "has "+quote(u)+", which is no SIP URI; it is left out", "write a URI such as sip:6001@192.0.2.1")
			continue
		}
		kept = append(kept, u)
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}
