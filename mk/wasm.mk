# The WebAssembly modules: one for each instruction set that browsers have, and one that decodes image files.
wasm  := $(filter-out src/image/% $(addprefix src/page/,read_page.c pyramid.c rim.c objects.c foreground.c),$(core)) src/wasm/exports.c
image := src/image/decode.c src/wasm/image_exports.c
wasm_modules := $(addprefix build/site/digits,.wasm -simd.wasm -relaxed.wasm -image.wasm)
wasm_tests   := $(addprefix build/wasm/core_tests,.wasm -simd.wasm -relaxed.wasm)

build/site/digits.wasm:             $(call objects,wasm,$(wasm))
build/site/digits-simd.wasm:        $(call objects,simd,$(wasm))
build/site/digits-relaxed.wasm:     $(call objects,relaxed,$(wasm))
build/site/digits-image.wasm:       $(call objects,wasm,$(image))
build/wasm/core_tests.wasm:         $(call objects,wasm,$(core) $(core_tests))
build/wasm/core_tests-simd.wasm:    $(call objects,simd,$(core) $(core_tests))
build/wasm/core_tests-relaxed.wasm: $(call objects,relaxed,$(core) $(core_tests))
build/bench/floor.wasm:             $(call objects,relaxed,src/bench/floor.c)

build/obj/wasm/%.o: %.c Makefile mk/c.mk mk/wasm.mk build/config.mk | $(stb)
	$(call compile,$(EMCC) -O3 -DNDEBUG)
build/obj/simd/%.o: %.c Makefile mk/c.mk mk/wasm.mk build/config.mk | $(stb)
	$(call compile,$(EMCC) -O3 -DNDEBUG -msimd128)
build/obj/relaxed/%.o: %.c Makefile mk/c.mk mk/wasm.mk build/config.mk | $(stb)
	$(call compile,$(RELAXED) $(EMCC) -O3 -DNDEBUG -msimd128 -mrelaxed-simd)

# What is not in the inner loops is built small: a page carries it over the net.
slim := $(addsuffix .o,status image/decode nn/architecture nn/forward nn/memory_plan nn/network nn/safetensors nn/kernels/kernels read/confidence read/corrections read/normalize read/normalize_strokes read/reading read/recognizer read/segment_touching read/strokes read/text read/text_lines page/ruled_lines page/page wasm/exports wasm/image_exports)
$(foreach kind,wasm simd relaxed,$(addprefix build/obj/$(kind)/src/,$(slim))): extra := -Os
# Its loops are wide, and need no unrolling.
$(foreach kind,wasm simd relaxed,build/obj/$(kind)/src/page/binarize.o): extra := -fno-unroll-loops

# Modules that import nothing and come without JavaScript: their exports are named in the C sources.
wasm_flags := -O3 --no-entry -sSTANDALONE_WASM -sFILESYSTEM=0 -sMALLOC=emmalloc -sALLOW_MEMORY_GROWTH \
    -sTOTAL_STACK=256KB -sAUTO_NATIVE_LIBRARIES=0 -sDEFAULT_TO_CXX=0 -sEXPORTED_FUNCTIONS=_malloc,_free
$(wasm_modules) $(wasm_tests) build/bench/floor.wasm:
	@echo $@; mkdir -p $(@D); $(with) $(EMCC) $(wasm_flags) -sINITIAL_MEMORY=$(or $(memory),1MB) $(link) $^ -o $@
$(wasm_tests): memory := 16MB
%-relaxed.wasm build/bench/floor.wasm: with := $(RELAXED)
%-relaxed.wasm build/bench/floor.wasm: link := $(RELAXED_LINK)
test-programs: $(wasm_tests)
