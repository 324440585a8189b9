// Package admin is HTTP: /livez, /readyz and /metrics.
package admin
