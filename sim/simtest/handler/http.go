package handler

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
)

// Transport wraps a round tripper: each request is a place.
func (e *Env) Transport(next http.RoundTripper) http.RoundTripper {
	if t, is := next.(*http.Transport); is && e.w.Outside != nil && !t.DisableKeepAlives {
		panic("simtest: in a bubble a connection that is kept alive never comes to rest: set DisableKeepAlives on the http.Transport that is handed to Env.Transport")
	}
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{e, next}
}

type transport struct {
	env  *Env
	next http.RoundTripper
}

// RoundTrip does a request, or not.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	p := &place{kind: request, text: r.Method + " " + r.URL.Path}
	fault, err := t.env.enter(p)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	defer t.env.leave(p)
	switch {
	case fault == Cancel && r.Context().Err() != nil:
		closeBody(r)
		return nil, context.Cause(r.Context())
	case fault == Fail:
		closeBody(r)
		return nil, lost(p.text)
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		p.came(err.Error())
		return nil, err
	}
	p.came(resp.Status)
	if fault == LoseReply {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return nil, lost(p.text)
	}
	return resp, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// Serve is a round tripper that asks a handler in the same process, without a network.
func Serve(h http.Handler) http.RoundTripper { return local{h} }

type local struct{ h http.Handler }

// RoundTrip asks the handler, and returns when it has answered.
func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	defer closeBody(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI = r.URL.RequestURI()
	out := httptest.NewRecorder()
	l.h.ServeHTTP(out, in)
	resp := out.Result()
	resp.Request = r
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}
