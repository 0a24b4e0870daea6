package handler_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"dejavu/sim/simtest/handler"
)

// pay asks a gateway for a charge, and returns the status and the body of the answer.
func pay(t *testing.T, g *handler.Gateway, key, body string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/charges", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestAGatewayWithoutAKeyChargesEachTime(t *testing.T) {
	var g handler.Gateway
	pay(t, &g, "", "order=a")
	pay(t, &g, "", `{"order":"a"}`)
	pay(t, &g, "", "order=b")
	if n := g.Effects(); n["a"] != 2 || n["b"] != 1 {
		t.Errorf("effects %v", n)
	}
	if g.Reset(); len(g.Effects()) != 0 {
		t.Errorf("after Reset: %v", g.Effects())
	}
}

func TestAKeyGetsTheStoredReplyForADay(t *testing.T) {
	var g handler.Gateway
	_, first := pay(t, &g, "k", "order=a")
	status, second := pay(t, &g, "k", "order=a")
	if status != http.StatusOK || first != second || g.Effects()["a"] != 1 {
		t.Errorf("the second answer is %d %q, the first was %q; effects %v", status, second, first, g.Effects())
	}
	g.Advance(handler.KeyLife)
	if pay(t, &g, "k", "order=a"); g.Effects()["a"] != 2 {
		t.Errorf("a day later: %v", g.Effects())
	}
}

func TestAKeyWithAnotherBodyIsRefused(t *testing.T) {
	var g handler.Gateway
	pay(t, &g, "k", "order=a&cents=1")
	if status, _ := pay(t, &g, "k", "order=a&cents=2"); status != http.StatusBadRequest || g.Effects()["a"] != 1 {
		t.Errorf("status %d, effects %v", status, g.Effects())
	}
}

func TestAKeyInFlightIsAConflict(t *testing.T) {
	var g handler.Gateway
	second := 0
	g.During = func(string) { g.During = nil; second, _ = pay(t, &g, "k", "order=a") }
	first, _ := pay(t, &g, "k", "order=a")
	if first != http.StatusOK || second != http.StatusConflict || g.Effects()["a"] != 1 {
		t.Errorf("first %d, second %d, effects %v", first, second, g.Effects())
	}
}

func TestAGatewayRefusesWhatItCannotCount(t *testing.T) {
	g := handler.Gateway{Count: "invoice"}
	if status, answer := pay(t, &g, "", "order=a"); status != http.StatusBadRequest || !strings.Contains(answer, "set Gateway.Count") {
		t.Errorf("%d %s", status, answer)
	}
	if status, _ := pay(t, &g, "", "invoice=7"); status != http.StatusOK || g.Effects()["7"] != 1 {
		t.Errorf("%d, %v", status, g.Effects())
	}
	w := httptest.NewRecorder()
	if g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

// post charges through the client of a process.
func post(client *http.Client, ctx context.Context, order string) error {
	body := url.Values{"order": {order}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://bank.test/v1/charges", strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

func TestARequestFailsBeforeItIsSentAndLosesItsReplyAfter(t *testing.T) {
	for plan, want := range map[string]struct {
		charges int
		err     error
	}{
		"fail:m1/at-1-post":       {1, syscall.ECONNRESET},
		"lose-reply:m1/at-1-post": {2, syscall.ECONNRESET},
		"cancel:m1/before-1-post": {1, context.Canceled},
	} {
		var g handler.Gateway
		var met error
		charges := 0
		r, err := handler.Play(func(env *handler.Env) handler.HandlerFunc {
			client := &http.Client{Transport: env.Transport(handler.Serve(&g))}
			return func(ctx context.Context, m handler.Message) error {
				err := post(client, ctx, m.Key)
				if err != nil {
					met = err
				}
				return err
			}
		}, handler.Trial{Fresh: func() error { g.Reset(); return nil }, Holds: func() error {
			charges = g.Effects()["order-1"] // of the run without faults, and then of the plan
			return nil
		}, Faults: -1}, plan)
		if charges != want.charges {
			t.Errorf("%s: %d charges, want %d", plan, charges, want.charges)
		}
		if err != nil || r.Broken != nil || !errors.Is(met, want.err) {
			t.Errorf("%s: %v, %v; the handler met %v, want %v", plan, r, err, met, want.err)
		}
	}
}

func TestAServerOutsideWorksLikeOneInside(t *testing.T) {
	counts := map[string]int{}
	for _, inside := range []bool{true, false} {
		var g handler.Gateway
		next := handler.Serve(&g)
		base := "http://bank.test"
		if !inside {
			server := httptest.NewServer(&g)
			defer server.Close()
			next, base = server.Client().Transport, server.URL
		}
		_ = base
		holds, _ := handler.ExactlyOnce([]handler.Message{{Key: "order-1"}}, g.Effects)
		r := handler.Search(func(env *handler.Env) handler.HandlerFunc {
			client := &http.Client{Transport: env.Transport(toHost{next, base})}
			return func(ctx context.Context, m handler.Message) error { return post(client, ctx, m.Key) }
		}, handler.Trial{Fresh: func() error { g.Reset(); return nil }, Holds: holds})
		wantBroken(t, r, "crash:m1/before-ack", "order-1 took effect twice")
		counts["schedules"] += r.Schedules
		counts["searches"]++
	}
	if counts["schedules"]%2 != 0 {
		t.Errorf("the two searches are not the same: %v", counts)
	}
}

// toHost sends every request to one server.
type toHost struct {
	next http.RoundTripper
	base string
}

func (h toHost) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(h.base)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Host, r.URL.Scheme = to.Host, to.Scheme
	return h.next.RoundTrip(r)
}

func TestInABubbleConnectionsAreNotKeptAlive(t *testing.T) {
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "set DisableKeepAlives") {
			t.Errorf("panic %v", p)
		}
	}()
	handler.Search(func(env *handler.Env) handler.HandlerFunc {
		env.Transport(&http.Transport{})
		return nil
	}, handler.Trial{Holds: func() error { return nil }, Outside: func(f func()) { f() }})
}
