/* core_tests.c — runs the tests of the C core, room by room. */
#include "harness.h"

extern const test_room nn_tests, image_tests, page_tests, page_network_tests, read_tests;
static const test_room *const rooms[] = {&nn_tests, &image_tests, &page_tests, &page_network_tests, &read_tests};

#define HARNESS_ROOMS
#include "harness.h"
