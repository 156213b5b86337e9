# Run at every build: writes OUT from IN with the commit that SOURCE stands at, and only when that has changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE PBB_COMMIT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git -C ${SOURCE} status --porcelain -- src CMakeLists.txt OUTPUT_VARIABLE changes ERROR_QUIET)
if(changes)
  string(APPEND PBB_COMMIT "-modified")
endif()
configure_file(${IN} ${OUT} @ONLY)
