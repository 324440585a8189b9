// Package config is the Config struct (its comments are the documentation), how it is read, and all its mistakes at once.
package config
