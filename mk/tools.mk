# What npm brings. The app itself needs no packages.
node_modules/.package-lock.json: package-lock.json
	@echo "npm ci: what the tests, the checks and the report need; package.json names it"
	@npm ci --silent
	@touch $@

src/bench/peers/node_modules: src/bench/peers/package-lock.json
	@echo "npm ci: the engines to measure ours against (half a gigabyte)"
	@npm ci --silent --prefix $(@D)
	@touch $@

src/audit/node_modules: src/audit/package-lock.json
	@echo "npm ci: Lighthouse (a hundred megabytes)"
	@npm ci --silent --prefix $(@D)
	@touch $@

src/dataset/fonts/node_modules: src/dataset/fonts/package-lock.json
	@echo "npm ci: handwriting fonts to train on"
	@npm ci --silent --prefix $(@D)
	@touch $@

build/bench/contestants.js: $(wildcard src/bench/peers/*.js) | src/bench/peers/node_modules node_modules/.package-lock.json
	@mkdir -p $(@D); esbuild --bundle --format=esm --log-level=error --external:fs --external:path \
	    src/bench/peers/contestants.js --outfile=$@
