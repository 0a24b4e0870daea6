package handler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"
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

// KeyLife is how long a Gateway keeps an idempotency key.
const KeyLife = 24 * time.Hour

// Gateway is a payment gateway for tests: an http.Handler that takes effect once for each
// POST, and honours the header Idempotency-Key as the best-known gateway does. A repeated
// request gets the stored reply, one that comes while the first is in flight a conflict
// (409), and one with another body a refusal (400). Keys are kept for a day.
//
// What took effect is counted by the value of the field that Count names, in a form or
// in JSON.
type Gateway struct {
	// Count is the field that says what an effect is for: "order" if it is empty.
	Count string
	// Now is the clock by which keys grow old: time.Now if it is nil.
	Now func() time.Time
	// During, if it is not nil, is called while a request is in flight.
	During func(key string)

	mu      sync.Mutex
	effects map[string]int
	keys    map[string]*storedReply
}

type storedReply struct {
	body  [sha256.Size]byte
	at    time.Time
	reply *httptest.ResponseRecorder // nil while the request is in flight
}

// Reset forgets everything.
func (g *Gateway) Reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.effects, g.keys = nil, nil
}

// Effects returns how often each thing took effect.
func (g *Gateway) Effects() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := make(map[string]int, len(g.effects))
	for what, n := range g.effects {
		counts[what] = n
	}
	return counts
}

// Advance makes all keys older.
func (g *Gateway) Advance(by time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range g.keys {
		k.at = k.at.Add(-by)
	}
}

// ServeHTTP takes effect for a POST.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	what, err := g.field(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		g.take(what).result(w)
		return
	}
	stored, first := g.reserve(key, sha256.Sum256(append([]byte(r.URL.Path+"\x00"), body...)))
	switch {
	case stored == nil:
		http.Error(w, "this idempotency key was used with other parameters", http.StatusBadRequest)
	case !first && stored.reply == nil:
		http.Error(w, "a request with this idempotency key is in flight", http.StatusConflict)
	case !first:
		w.Header().Set("Idempotent-Replayed", "true")
		(&answer{stored.reply}).result(w)
	default:
		if g.During != nil {
			g.During(key)
		}
		a := g.take(what)
		g.mu.Lock()
		stored.reply = a.ResponseRecorder
		g.mu.Unlock()
		a.result(w)
	}
}

// reserve finds what is stored under a key, or stores that a request is in flight. It
// returns nil if the key stands for another request.
func (g *Gateway) reserve(key string, body [sha256.Size]byte) (stored *storedReply, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now
	if g.Now != nil {
		now = g.Now
	}
	if s := g.keys[key]; s != nil && now().Sub(s.at) < KeyLife {
		if s.body != body {
			return nil, false
		}
		return &storedReply{s.body, s.at, s.reply}, false
	}
	if g.keys == nil {
		g.keys = map[string]*storedReply{}
	}
	g.keys[key] = &storedReply{body: body, at: now()}
	return g.keys[key], true
}

type answer struct{ *httptest.ResponseRecorder }

// result writes an answer out.
func (a *answer) result(w http.ResponseWriter) {
	for name, values := range a.Header() { // order does not matter: each is set under its name
		w.Header()[name] = values
	}
	w.WriteHeader(a.Code)
	w.Write(bytes.Clone(a.Body.Bytes()))
}

// take takes effect, and answers.
func (g *Gateway) take(what string) *answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.effects == nil {
		g.effects = map[string]int{}
	}
	g.effects[what]++
	total := 0
	for _, n := range g.effects { // order does not matter: it is a sum
		total += n
	}
	a := &answer{httptest.NewRecorder()}
	a.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(a, "{\"id\":\"ch_%d\",\"status\":\"succeeded\"}\n", total)
	return a
}

// field reads what an effect is for.
func (g *Gateway) field(r *http.Request, body []byte) (string, error) {
	name := g.Count
	if name == "" {
		name = "order"
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		var fields map[string]any
		if err := json.Unmarshal(body, &fields); err != nil {
			return "", err
		}
		if v, ok := fields[name]; ok {
			return fmt.Sprint(v), nil
		}
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Has(name) {
		return form.Get(name), nil
	}
	if v := r.URL.Query(); v.Has(name) {
		return v.Get(name), nil
	}
	return "", fmt.Errorf("the request names no %s, by which this gateway counts: set Gateway.Count", name)
}
