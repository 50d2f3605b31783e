##@ Measure
.PHONY: bench bench-size bench-growth bench-visit bench-camera bench-train bench-serve conformance eval-reading eval-learning audit

bench: build build/bench/contestants.js build/bench/floor.wasm build/bench/native ## Our speed beside other engines', in Node, Chromium and natively; README=1 renews README's table
	@$(browser) node src/bench/speed.js $(if $(README),--readme)

bench-size: build node_modules/.package-lock.json ## Bytes of a first visit, as JSON lines
	@$(browser) node src/bench/size.js

bench-growth: site ## Time and memory against batch, image size and number of digits, as JSON lines
	@node src/bench/growth.js

bench-visit: build build/bench/contestants.js ## Time to a first prediction, ours and other engines', as JSON lines
	@$(browser) node src/bench/visit.js

bench-camera: build node_modules/.package-lock.json ## Frames the live camera reads a second, and how free it leaves the page, as JSON lines
	@$(browser) node src/bench/camera.js

bench-train: build/digits build/bench/peak ## Pictures a second in training, PyTorch's beside ours, as JSON lines
	data=$$(node src/dataset/mnist.js) && node src/bench/train.js "$$data"

bench-serve: build/static/serve site ## The server beside nginx and lighttpd: CPU a request, requests a second, memory, as JSON lines
	@node src/bench/serve.js

conformance: build/serve ## Requests to serve or to refuse by the RFCs: the server beside nginx, lighttpd and Apache
	@node src/bench/conformance.js

eval-reading: site node_modules/.package-lock.json ## How it reads collected handwriting (DATA) and made pictures by kind; N=50 is quicker
	@node src/evaluation/reading/measure.js $(if $(DATA),--data "$(DATA)") $(if $(N),--n $(N)) $(if $(WEIGHTS),--weights "$(WEIGHTS)")

eval-learning: site ## What five corrections of an unusual form do to that form, and to MNIST, as JSON lines
	@node src/evaluation/learning/measure.js

audit: build node_modules/.package-lock.json src/audit/node_modules ## Lighthouse's scores, and axe-core in every state of the page, as JSON lines
	@$(browser) node src/audit/audit.js
