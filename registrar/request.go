package registrar

import (
	"registrard/digest"
	"registrard/identify"
	"registrard/rules"
)

// Request is a REGISTER as it came in: facts only, each part declared by the
// room that reads it.
type Request struct {
	Facts       identify.Facts
	Credentials digest.Credentials
	Ask         rules.Ask
}
