/* encode.c — PNG and JPEG files for the tests, by stb_image_write. In a file of its own because it is compiled without
 * sanitizers and warnings: its faults are not ours to find. */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
