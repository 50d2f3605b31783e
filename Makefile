# digits: `make help` lists the commands. They stand here by what they are for; mk/ has what is made of what:
#   mk/c.mk        C sources, flags, objects, the native programs
#   mk/wasm.mk     the WebAssembly modules
#   mk/site.mk     build/site, and the npm package made from it
#   mk/tools.mk    what npm brings: test tools, Lighthouse, the engines that `bench` races, fonts to train on
#   mk/develop.mk  commands for whoever changes the code
#   mk/measure.mk  commands that print figures
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += -j$(shell nproc)
.PHONY: always

EMCC   ?= emcc
CFLAGS ?= -O2 -g
comma  := ,
space  := $(subst ,, )
# Where the data sets are (src/dataset/SOURCES.md) besides data/.
export DIGITS_DATA ?= $(or $(wildcard ../shared/data),data)
browser = CHROMIUM=$${CHROMIUM:-$$(command -v chromium)}

# Where the libraries are: setup.sh finds out, and installs what is missing. Not for commands that compile nothing.
ifneq ($(filter-out help data format clean,$(or $(MAKECMDGOALS),help)),)
include build/config.mk
endif
build/config.mk: always
	@./setup.sh run $(sort $(patsubst eval-reading,report,$(patsubst types,lint,$(patsubst check,lint,\
	    $(filter test lint types check coverage profile report eval-reading bench-train bench-serve conformance fuzz container-test,$(MAKECMDGOALS))))) \
	    $(if $(filter bench bench-size bench-growth bench-visit bench-camera screenshots audit package,$(MAKECMDGOALS)),chromium) \
	    $(if $(filter run-https test,$(MAKECMDGOALS)),run-https) \
	    $(if $(filter bench-serve build/static/serve,$(MAKECMDGOALS)),static))

include mk/c.mk mk/wasm.mk mk/site.mk mk/tools.mk

##@ Use
.PHONY: help run run-https build wasm site package data train scenes sweep report clean

help: ## This list
	@awk -F ':.*## ' '/^##@/ { printf "%s%s\n", (NR > 1 ? "\n" : ""), substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-15s%s\n", $$1, $$2 }' \
	    Makefile mk/develop.mk mk/measure.mk

BIND ?= localhost
run: build ## Build, then serve the page at http://localhost:5000/ (another PORT; BIND=0.0.0.0: to other machines, too)
	@build/serve --bind $(BIND)

run-https: build ## The same over HTTPS, for the camera of a phone in this network; needs Caddy
	@deploy/run_https.sh

build: build/digits build/serve site ## Everything that `run` needs

wasm: $(wasm_modules) ## The WebAssembly modules alone

site: build/compressed

package: build/digits-reader.tgz ## The reader as an npm package, with types and <digit-pad>: build/digits-reader.tgz

data: ## Get MNIST into data/, unless it is there already
	@node src/dataset/mnist.js

teachers := $(sort $(wildcard models/teachers/*.safetensors))
train: build src/dataset/fonts/node_modules ## Train the network: models/digits.safetensors and models/runs/digits.jsonl
	@mkdir -p models/runs
	data=$$(node src/dataset/mnist.js) && extra=$$(node src/dataset/build_dataset.js "$$data") && \
	    build/digits train --data "$$data" --extra "$$extra" --teacher "$(subst $(space),$(comma),$(teachers))" \
	    --out models/digits.safetensors --log models/runs/digits.jsonl

data/glyphs/images.idx3-ubyte.gz: src/dataset/glyphs.js src/dataset/fonts/fonts.js src/dataset/fonts/node_modules
	@node src/dataset/glyphs.js $(@D) >/dev/null && touch $@

scenes: build/digits data/glyphs/images.idx3-ubyte.gz ## A sheet of the made pages that the page network is trained on: build/scenes.png; N=48, SEED=1, BOXES=1
	@build/digits scenes --out build/scenes.png $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED)) $(if $(BOXES),--boxes)

SPACE ?= models/sweeps/mlp.txt
sweep: build/digits ## Train every trial of SPACE (models/sweeps/mlp.txt), and print a table: models/runs/NAME/
	dir=$$(node src/dataset/mnist.js) && build/digits sweep "$(SPACE)" --data "$$dir"

report: build $(report_files) ## Make build/site/report.html from runs, sweeps and the test set; LIVE=1 follows a training
	@node src/train/report.js $(if $(LIVE),--live)

clean: ## Remove what was built
	rm -rf build

include mk/develop.mk mk/measure.mk
