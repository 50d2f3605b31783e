# digits — every command of the project. `make help` lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help run test build wasm site data train eval-reading bench-size lint format clean setup

CFLAGS  := -std=gnu17 -O2 -g -Wall -Wextra -Wconversion -Werror -ffp-contract=off
PORT    ?= 5000

CORE  := image ink network normalize page weights kernels_plain kernels_sse2
B := build
