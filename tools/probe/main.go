// Command probe is the workload of the cluster's self-test.
//
//	probe serve ADDRESS   answers every HTTP request with "ok"
//	probe get URL...      exits 0 when each URL answers 200 within 20 s
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "serve":
		fail(http.ListenAndServe(os.Args[2], http.HandlerFunc(answer)))
	case len(os.Args) > 2 && os.Args[1] == "get":
		for _, url := range os.Args[2:] {
			fail(get(url, time.Now().Add(20*time.Second)))
		}
	default:
		fail(fmt.Errorf("usage: probe serve ADDRESS | probe get URL..."))
	}
}

func answer(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func get(url string, end time.Time) error {
	client := http.Client{Timeout: 2 * time.Second}
	for {
		response, err := client.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				fmt.Println(url, "ok")
				return nil
			}
			err = fmt.Errorf("%s: %s", url, response.Status)
		}
		if time.Now().After(end) {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
