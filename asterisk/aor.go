package asterisk

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
	ID                                                      string
	Contact, OutboundProxy                                  *string
	DefaultExpiration, MinimumExpiration, MaximumExpiration *int32
	MaxContacts, QualifyFrequency                           *int32
	QualifyTimeout                                          *float64
	RemoveExisting, RemoveUnavailable, SupportPath          *string
	AuthenticateQualify, Qualify2xxOnly                     *string
}
