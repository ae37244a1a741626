# Sourced by tests of what is installed: those need a build without instrumentation.
case $BUILD_FLAGS in
*-fsanitize* | *--coverage*)
    echo "skipped: instrumented build; the plain one is tested"
    exit 77
    ;;
esac
