# build/site: what a visitor gets. Without comments and spaces; and what is needed at once, in few files.
# Scripts that are loaded by themselves; each brings along what it imports of the others (esbuild --bundle).
scripts    := app start engine worker digit-pad element offline sw-off i18n/i18n features/photo/photo features/camera/camera \
              features/corrections/corrections features/explain/explain features/explain/panel ui/keys
web_files  := $(shell find web -type f ! -path 'web/report*')
site_files := $(scripts:%=build/site/%.js) $(patsubst web/%,build/site/%,$(filter-out %.js,$(web_files))) \
              $(patsubst models/%,build/site/%,$(wildcard models/digits.safetensors))
# No part of the app: neither a first visit nor the container carries it.
report_files := $(patsubst web/%,build/site/%,$(wildcard web/report.html web/report/*)) build/site/report/echarts.js

# What clients that know brotli or gzip get.
build/compressed: serve/compress.js build/site/sw.js
	@echo $@; node serve/compress.js build/site && touch $@

# From the script's own folder, and to stdout: esbuild then names what stays outside as seen from there.
build/site/%.js: web/%.js $(filter %.js,$(web_files))
	@mkdir -p $(@D); cd $(<D) && esbuild --bundle --format=esm --minify --log-level=warning \
	    $(patsubst %,--external:$(CURDIR)/web/%.js,$(filter-out $*,$(scripts) version)) $(<F) >$(CURDIR)/$@
build/site/report/%.js: web/report/%.js
	@mkdir -p $(@D); esbuild --minify --log-level=warning $< --outfile=$@
build/site/engine.js: build/layout.js
build/site/index.html: web/index.html
	@mkdir -p $(@D); sed 's/^ *//' $< >$@
build/site/%.css: web/%.css
	@mkdir -p $(@D); esbuild --minify --log-level=warning $< --outfile=$@
build/site/%: web/%
	@mkdir -p $(@D); cp $< $@
build/site/%: models/%
	@mkdir -p $(@D); cp $< $@
build/site/report/echarts.js: node_modules/.package-lock.json
	@mkdir -p $(@D); cp node_modules/echarts/dist/echarts.esm.min.js $@

# The service worker lists every file of the app by its hash: it comes last, and first goes what is no longer there.
build/site/sw.js: web/sw.js src/site/precache.sh $(wasm_modules) $(site_files)
	@find build/site -type f $(foreach f,$(wasm_modules) $(site_files),! -path $f) ! -path 'build/site/report*' -delete
	@src/site/precache.sh build/site "$(CURDIR)/$<"

# What web developers get is what the page runs; the types come from its comments.
package_files := $(addprefix build/site/,engine.js digit-pad.js digits.safetensors) $(wasm_modules) \
                 LICENSE src/package/package.json src/package/README.md
build/digits-reader.tgz: $(package_files) src/package/tsconfig.json node_modules/.package-lock.json | build/compressed
	@echo $@; rm -rf build/package; mkdir -p build/package; cp $(package_files) build/package
	@node_modules/.bin/tsc -p src/package && cp build/types/web/*.d.ts build/package
	@npm pack --silent --pack-destination build ./build/package >/dev/null && mv build/digits-reader-*.tgz $@
