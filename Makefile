# The commands of this project. `make run` and `make test` set up what they need first (scripts/setup).
#
#   CAPTURE=FILE   the capture that `make run` plays; without it, the example that the project makes itself
#   BOARD=NAME     the board whose bitstream `make bitstreams` builds; without it, every one (folders of boards/)
#   LIBRARY=1      lets `make deb` put the C library into the package, too
#   PREFIX=FOLDER  where `make install` puts the C library; without it, /usr/local
#   ARGS='...'     more arguments for the command that a target runs, such as ARGS='--json --edges rising'

CARGO ?= cargo
ARGS ?=
CAPTURE ?=
BOARD ?=
PREFIX ?= /usr/local
LIBRARY ?=

.DEFAULT_GOAL := help
.PHONY: help run test system-test loom sanitize lint bench soak build install deb fmax bitstreams armv7 firmware setup

help: ## Say what each target does
	@echo 'Usage: make TARGET [CAPTURE=FILE] [BOARD=NAME] [ARGS=...]'
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

run: setup ## Play a capture's edges into the simulated board and show what arrives on the port
	$(CARGO) run --release -p portolan-tools -- run $(if $(CAPTURE),'$(CAPTURE)') $(ARGS)

test: setup ## Run every test
	$(CARGO) test --workspace $(ARGS)
	$(MAKE) --no-print-directory loom
	$(MAKE) --no-print-directory sanitize

# In the development profile, whose artifacts the tests have made already; what runs is the released tool.
system-test: ## Boot guests whose kernels drive the simulated card by VFIO and UIO
	@scripts/setup arm64
	$(CARGO) run -p portolan-system -- test $(ARGS)

# The filter is the module name that all models share. Other tests use primitives that are loom's here and work
# only inside a model.
loom: ## Check the lock-free parts in every order of their threads' steps; at most five minutes
	RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=target/loom $(CARGO) test --release -p portolan --lib --no-run
	RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=target/loom timeout 300 \
		$(CARGO) test --release -p portolan --lib -- models::

sanitize: ## Run the driver's tests, and the misuse of the C library, under AddressSanitizer
	@scripts/sanitize

lint: setup ## Check format, clippy and documentation; warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) check --quiet --package portolan-tools --no-default-features
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --workspace
	$(CARGO) metadata --locked --format-version 1 --manifest-path driver/capi/fuzz/Cargo.toml > /dev/null

# One line of JSON instead of the port's tables: cargo bench -p portolan -- --json
bench: setup ## Measure the speed of ports beside their peers, and of the simulator
	$(CARGO) bench --workspace $(ARGS)

soak: setup ## Run the long tests: the usual ones with more rounds, and those that are ignored otherwise
	PORTOLAN_SOAK=1 $(CARGO) test --release --workspace $(ARGS) -- --include-ignored --nocapture
	PORTOLAN_SOAK=1 $(MAKE) --no-print-directory sanitize

build: setup ## Build everything, optimised
	$(CARGO) build --release --workspace $(ARGS)

install: setup ## Install libportolan, its headers and its pkg-config file under PREFIX
	$(CARGO) build --release -p portolan-capi
	driver/capi/install '$(or $(CARGO_TARGET_DIR),target)/release' '$(PREFIX)'

# The same build as that of `make run`.
deb: setup ## Make the Debian package of the command in target/deb; LIBRARY=1: with the C library in it
	$(CARGO) build --release -p portolan-tools $(if $(LIBRARY),-p portolan-capi)
	host-tools/packaging/deb '$(or $(CARGO_TARGET_DIR),target)/release/portolan' '$(or $(CARGO_TARGET_DIR),target)/deb' \
		$(if $(LIBRARY),'$(or $(CARGO_TARGET_DIR),target)/release')

fmax: setup ## Place and route the AXI top, or another (ARGS='--top pcie'), for an xc7a35t and report its speed
	$(CARGO) run --release -p portolan-boards -- fmax $(ARGS)

# One board: make bitstreams BOARD=zybo-z7-10
bitstreams: setup ## Build the bitstreams of all boards, or of BOARD, with open tools, and a report of each
	$(CARGO) run --release -p portolan-boards -- build $(or $(BOARD),--all) $(ARGS)

armv7: ## Cross-compile the tools for the Linux of a Zynq board, and start them under qemu-arm
	@scripts/setup armv7
	$(CARGO) run --release -p portolan-boards -- armv7

firmware: ## Build the firmware's programs, for RISC-V and Cortex-A9; their files are in target/firmware
	$(CARGO) run -p portolan-image -- build

setup: ## Install what the build needs besides Rust; silent when nothing is missing
	@scripts/setup
