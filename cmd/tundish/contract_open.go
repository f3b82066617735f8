package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tundish/core"
	"tundish/wsdl/contract"
)

// What reading one foreign contract may cost, with all that it includes and imports.
const (
	contractDocuments = 300
	contractBytes     = 64 << 20
	contractTime      = 2 * time.Minute
	documentTime      = 30 * time.Second
	contractRedirects = 5
)

// openContract reads a foreign WSDL from a file or an address. A file's references lead to
// files; those of an address to addresses. Only commands do so: a hub never fetches.
func openContract(ctx context.Context, where string) (*contract.Definitions, error) {
	ctx, cancel := context.WithTimeout(ctx, contractTime)
	defer cancel()
	o := &contractOpener{ctx: ctx, client: contractClient()}
	if u, err := url.Parse(where); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		o.base = u
	} else {
		where = filepath.ToSlash(where)
	}
	defs, err := contract.LoadFunc(o.open, where)
	var place *contract.Error
	if err != nil && !errors.As(err, &place) {
		zh := err.Error()
		if own, ok := err.(interface{ Chinese() string }); ok {
			zh = own.Chinese()
		}
		return nil, core.Fail(core.Invalid, "unreadable_contract", where, err.Error(), zh)
	}
	if place != nil {
		return nil, core.Fail(core.Invalid, "unusable_contract", "", place.Error(), place.Chinese())
	}
	return defs, nil
}

type contractOpener struct {
	ctx       context.Context
	base      *url.URL // of a contract from the network
	client    *http.Client
	documents int
	bytes     int64
}

// bilingual is an error in both languages.
type bilingual struct{ en, zh string }

func (b bilingual) Error() string   { return b.en }
func (b bilingual) Chinese() string { return b.zh }

func (o *contractOpener) open(name string) ([]byte, error) {
	if o.documents++; o.documents > contractDocuments {
		return nil, bilingual{fmt.Sprintf("the contract has more than %d documents", contractDocuments), fmt.Sprintf("合同的文件超过 %d 个", contractDocuments)}
	}
	remote := strings.Contains(name, "://")
	switch {
	case o.base == nil && remote:
		return nil, bilingual{"a contract in a file is read from files only; put this one beside it and name it there, or give the contract's address",
			"文件形式的合同只读取文件；请将其放在旁边并改写引用，或直接给出合同的网址"}
	case o.base == nil:
		f, err := os.Open(filepath.FromSlash(name))
		if err != nil {
			var cause *os.PathError
			if errors.As(err, &cause) {
				err = cause.Err
			}
			if errors.Is(err, os.ErrNotExist) {
				err = bilingual{"there is no such file", "没有该文件"}
			}
			return nil, err
		}
		defer f.Close()
		return o.read(f)
	}
	u, err := url.Parse(name)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, bilingual{"only http and https are fetched", "只读取 http 与 https 网址"}
	}
	data, err := o.get(u)
	if err != nil && u.Host != o.base.Host {
		// Servers behind others name hosts that only they know.
		again := *u
		again.Scheme, again.Host = o.base.Scheme, o.base.Host
		if data, second := o.get(&again); second == nil {
			return data, nil
		}
	}
	return data, err
}

func (o *contractOpener) get(u *url.URL) ([]byte, error) {
	ctx, cancel := context.WithTimeout(o.ctx, documentTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "tundish")
	answer, err := o.client.Do(r)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = bilingual{fmt.Sprintf("there is no answer within %s", documentTime), fmt.Sprintf("%s 内没有应答", documentTime)}
		}
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, bilingual{"the answer is " + answer.Status, "应答为 " + answer.Status}
	}
	return o.read(answer.Body)
}

func (o *contractOpener) read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, contractBytes-o.bytes+1))
	if o.bytes += int64(len(data)); o.bytes > contractBytes {
		return nil, bilingual{fmt.Sprintf("the contract is larger than %d MiB", contractBytes>>20), fmt.Sprintf("合同超过 %d MiB", contractBytes>>20)}
	}
	return data, err
}

// contractClient follows a few redirects, within http and https only.
func contractClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS10} // what old servers have: a contract is no secret
	return &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > contractRedirects:
			return bilingual{fmt.Sprintf("there are more than %d redirects", contractRedirects), fmt.Sprintf("重定向超过 %d 次", contractRedirects)}
		case r.URL.Scheme != "http" && r.URL.Scheme != "https":
			return bilingual{"a redirect leads to " + r.URL.Scheme + ":, which is not fetched", "重定向至 " + r.URL.Scheme + ":，不予读取"}
		case via[0].URL.Scheme == "https" && r.URL.Scheme == "http":
			return bilingual{"a redirect leads from https to http, which is not followed", "重定向由 https 转为 http，不予跟随"}
		}
		return nil
	}}
}
