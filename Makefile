# `make` lists the targets; CI runs the same ones.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cloud-engine
RELEASE := target/x86_64-unknown-linux-gnu/release
export PATH := $(CACHE)/bin:$(PATH)

.PHONY: help demo down test check unit e2e node scenarios faults sandbox cluster kubeconfig tools images generate deny bench lint

help: ## List the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

demo: ## The main job, end to end, on a local cluster (CLUSTER=current: on your context)
	@demo/run

down: ## Remove the local clusters and all they made
	@cluster/cluster down --all

test: ## Everything CI runs
	@tests/run

check: lint unit ## Format, lints, unit tests

lint:
	cargo fmt --check
	cargo clippy --lib --bins --locked -- -D warnings
	# Tests may unwrap, index and read the clock.
	cargo clippy --tests --locked -- -D warnings -A clippy::pedantic -A clippy::unwrap_used -A clippy::expect_used \
	  -A clippy::panic -A clippy::indexing_slicing -A clippy::disallowed_methods

unit:
	cargo test --locked --lib --bins --test repository

sandbox: tools ## Tests of the sandbox cloud, with the real engine
	cargo test --locked --manifest-path sandbox/Cargo.toml --target-dir target/sandbox

scenarios: tools ## Scenario tests: real API server, real engine, no node
	cargo test --locked --test contract_runner --test scenarios --test guards --test hardening --test gateway_restart -- --test-threads=2

faults: tools ## A fault at each of the controller's writes of a session (CLOUD_ENGINE_SWEEP=full: every kind at each)
	cargo test --locked --test faults -- --test-threads=1

node: images ## Pods, controller and kubelet killed at every stage, on a real node (KEEP=1 keeps it, NODE_KUBECONFIG reuses it)
	cargo test --locked --test node -- --test-threads=8

e2e: demo node ## End-to-end on full nodes: the demo with its refusals, then the node tests

cluster: ## Bring up the local cluster
	@tools/install-debs && tools/install kube containerd pause >/dev/null && cluster/cluster up

kubeconfig: ## Print the path of the local cluster's kubeconfig
	@cluster/cluster kubeconfig

tools: ## Build the pinned tools into the cache
	@tools/install-debs && tools/install >/dev/null

images: tools ## Build the images without a Docker engine
	@RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --target x86_64-unknown-linux-gnu
	@RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --target x86_64-unknown-linux-gnu \
	  --manifest-path sandbox/Cargo.toml --target-dir target
	@images/build target/images --bin-dir $(RELEASE)

generate: ## Write what the types generate: the custom resource definitions
	@mkdir -p crds charts/cloud-engine/files/crds
	@for p in cloudprojects deploymentsessions; do cargo run -q --locked -- crds $$p > crds/$$p.yaml && cp crds/$$p.yaml charts/cloud-engine/files/crds/$$p.yaml; done

deny: ## Licences, sources, bans of both workspaces (DENY=advisories: what is known against them; needs a network)
	@tools/install cargo-deny >/dev/null
	@set -e; for m in Cargo.toml sandbox/Cargo.toml; do \
	  $$(tools/path cargo-deny) --manifest-path $$m --locked --config deny.toml check --hide-inclusion-graph $(or $(DENY),bans licenses sources); done

.PHONY: bench
bench: ## What a session and a demo cost, as a table (docs/benchmarks.md)
	@bench/run
