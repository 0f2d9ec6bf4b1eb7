build:    ; @tools/build
serve:    build ; @exec build/countenance serve $(ARGS)
check:    ; @tools/check
bench:    build ; @bench/run $(ARGS)
fuzz:     ; @tools/check fuzz --seconds 60
sanitize: ; @tools/check address thread
tidy:     ; @tools/tidy
format:   ; @tools/format
clean:    ; rm -rf build build-*
.PHONY: build serve check bench fuzz sanitize tidy format clean
