#include "onnx.h"
#include "protobuf.h"

#include "nn/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Field numbers and values of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
enum model_proto { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum opset_proto { OPSET_VERSION = 2 };              /* OperatorSetIdProto; no domain is ONNX's own */
enum entry_proto { ENTRY_KEY = 1, ENTRY_VALUE = 2 }; /* StringStringEntryProto */
enum graph_proto { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum node_proto { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5 };
enum attribute_proto {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_S = 4,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20
};
enum attribute_type { ATTRIBUTE_IS_INT = 2, ATTRIBUTE_IS_STRING = 3, ATTRIBUTE_IS_INTS = 7 };
enum tensor_proto { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum tensor_type { TENSOR_FLOAT = 1, TENSOR_UINT8 = 2, TENSOR_INT8 = 3, TENSOR_INT32 = 6, TENSOR_INT64 = 7 };
enum value_proto { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC = 3 };     /* ValueInfoProto */
enum type_proto { TYPE_TENSOR = 1, TYPE_ELEMENTS = 1, TYPE_SHAPE = 2 }; /* TypeProto, TypeProto.Tensor */
enum shape_proto { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };        /* TensorShapeProto, its Dimension */

enum { OPSET = 13, IR_VERSION = 7 }; /* which came out together: ONNX 1.8 */

enum { NAME = 48 };

/* A graph in the making: a chain of nodes, each taking the value of the one before. */
typedef struct graph {
    protobuf *p;
    char value[NAME]; /* of the last node */
} graph;

/* The name of something of a layer. */
typedef struct name {
    char text[NAME];
} name;

static name name_of(int32_t layer, const char *what)
{
    name n;
    snprintf(n.text, sizeof n.text, "layers.%d.%s", layer, what);
    return n;
}

/* Opens a node that gives output from the last value and up to two constants (NULL = none). Nodes are called after
 * their outputs. End it with protobuf_end. */
static size_t begin_node(graph *g, const char *op, const char *a, const char *b, const char *output)
{
    const size_t node = protobuf_begin(g->p, GRAPH_NODE);
    protobuf_text(g->p, NODE_INPUT, g->value);
    if (a) protobuf_text(g->p, NODE_INPUT, a);
    if (b) protobuf_text(g->p, NODE_INPUT, b);
    protobuf_text(g->p, NODE_OUTPUT, output);
    protobuf_text(g->p, NODE_NAME, output);
    protobuf_text(g->p, NODE_OPERATOR, op);
    snprintf(g->value, sizeof g->value, "%s", output);
    return node;
}

static void put_node(graph *g, const char *op, const char *a, const char *b, const char *output)
{
    protobuf_end(g->p, begin_node(g, op, a, b, output));
}

static void put_integers(protobuf *p, const char *attribute, const int32_t *values, size_t n)
{
    const size_t at = protobuf_begin(p, NODE_ATTRIBUTE);
    protobuf_text(p, ATTRIBUTE_NAME, attribute);
    for (size_t i = 0; i < n; i++) protobuf_integer(p, ATTRIBUTE_INTS, (uint64_t)values[i]);
    protobuf_integer(p, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INTS);
    protobuf_end(p, at);
}

static void put_cast(graph *g, enum tensor_type to, const char *output)
{
    const size_t node = begin_node(g, "Cast", NULL, NULL, output), at = protobuf_begin(g->p, NODE_ATTRIBUTE);
    protobuf_text(g->p, ATTRIBUTE_NAME, "to");
    protobuf_integer(g->p, ATTRIBUTE_I, to);
    protobuf_integer(g->p, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INT);
    protobuf_end(g->p, at);
    protobuf_end(g->p, node);
}

/* An initializer: a constant that nodes take. dims end with 0. */
static void put_constant(protobuf *p, const char *called, enum tensor_type type, const int32_t *dims,
                         const void *values, size_t bytes)
{
    const size_t at = protobuf_begin(p, GRAPH_INITIALIZER);
    for (; *dims; dims++) protobuf_integer(p, TENSOR_DIMS, (uint64_t)*dims);
    protobuf_integer(p, TENSOR_TYPE, type);
    protobuf_text(p, TENSOR_NAME, called);
    protobuf_bytes(p, TENSOR_RAW, values, bytes);
    protobuf_end(p, at);
}

/* An input or output of the whole; its first dimension, the number of pictures, is left open. */
static void put_value(protobuf *p, enum graph_proto side, const char *called, enum tensor_type type,
                      const int32_t *dims, const char *doc)
{
    const size_t value = protobuf_begin(p, side);
    protobuf_text(p, VALUE_NAME, called);
    protobuf_text(p, VALUE_DOC, doc);
    const size_t kind = protobuf_begin(p, VALUE_TYPE), tensor = protobuf_begin(p, TYPE_TENSOR);
    protobuf_integer(p, TYPE_ELEMENTS, type);
    const size_t shape = protobuf_begin(p, TYPE_SHAPE), pictures = protobuf_begin(p, SHAPE_DIM);
    protobuf_text(p, DIM_NAME, "N");
    protobuf_end(p, pictures);
    for (; *dims; dims++) {
        const size_t dim = protobuf_begin(p, SHAPE_DIM);
        protobuf_integer(p, DIM_VALUE, (uint64_t)*dims);
        protobuf_end(p, dim);
    }
    protobuf_end(p, shape);
    protobuf_end(p, tensor);
    protobuf_end(p, kind);
    protobuf_end(p, value);
}

/* A layer's window onto its input. Dense is a convolution too: its window is the whole picture. */
typedef struct window {
    int32_t h, w, c, border;
} window;

static window window_of(const architecture *arch, int32_t i)
{
    const layer_shape *l = &arch->layers[i];
    if (l->kind == LAYER_CONV) return (window){l->size, l->size, l->in_c, l->size / 2};
    if (i == 0) return (window){DIGITS_SIDE, DIGITS_SIDE, 1, 0};
    return (window){l[-1].out_h, l[-1].out_w, l[-1].out_c, 0};
}

/* Layers lie in the file as [out][row][column][channel]; ONNX wants [out][channel][row][column]. */
static void put_weights(protobuf *p, const char *called, const window *k, int32_t out_c, const int8_t *weights)
{
    const size_t area = (size_t)k->h * (size_t)k->w, c = (size_t)k->c, run = area * c, n = run * (size_t)out_c;
    int8_t *turned = malloc(n);
    if (!turned) {
        p->failed = 1;
        return;
    }
    for (size_t i = 0; i < n; i++) turned[i / run * run + i % c * area + i % run / c] = weights[i];
    put_constant(p, called, TENSOR_INT8, (int32_t[]){out_c, k->c, k->h, k->w, 0}, turned, n);
    free(turned);
}

/* The tensor with that name; digits_network_size has seen that it is there and of the right shape. */
static const uint8_t *data_of(const weights_file *f, const char *called)
{
    for (int32_t i = 0; i < f->count; i++)
        if (strcmp(f->tensors[i].name, called) == 0) return f->tensors[i].data;
    return NULL;
}

static void put_sums(graph *g, const weights_file *f, const architecture *arch, int32_t i)
{
    const name weight = name_of(i, "weight"), bias = name_of(i, "bias"), scale = name_of(i, "scale");
    const int32_t out_c = arch->layers[i].out_c, channels[] = {1, out_c, 1, 1, 0};
    const window k = window_of(arch, i);
    const size_t node = begin_node(g, "ConvInteger", weight.text, NULL, name_of(i, "products").text);
    put_integers(g->p, "kernel_shape", (int32_t[]){k.h, k.w}, 2);
    put_integers(g->p, "pads", (int32_t[]){k.border, k.border, k.border, k.border}, 4);
    protobuf_end(g->p, node);
    put_weights(g->p, weight.text, &k, out_c, (const int8_t *)data_of(f, weight.text));

    put_node(g, "Add", bias.text, NULL, name_of(i, "sums").text);
    put_constant(g->p, bias.text, TENSOR_INT32, channels, data_of(f, bias.text), 4 * (size_t)out_c);
    if (i + 1 == arch->count) return;

    put_cast(g, TENSOR_FLOAT, name_of(i, "sums.float").text);
    put_node(g, "Mul", scale.text, NULL, name_of(i, "scaled").text);
    put_constant(g->p, scale.text, TENSOR_FLOAT, channels, data_of(f, scale.text), 4 * (size_t)out_c);
    put_node(g, "Clip", "qmin", "qmax", name_of(i, "clipped").text);
    put_node(g, "Round", NULL, NULL, name_of(i, "rounded").text); /* halves to even, as the core does */
    put_cast(g, TENSOR_UINT8, name_of(i, "activations").text);
}

static void put_pool(graph *g, const layer_shape *l, int32_t i)
{
    const int32_t sides[] = {l->size, l->size};
    const size_t node = begin_node(g, "MaxPool", NULL, NULL, name_of(i, "activations").text);
    put_integers(g->p, "kernel_shape", sides, 2);
    put_integers(g->p, "strides", sides, 2);
    protobuf_end(g->p, node);
}

static void put_graph(protobuf *p, const weights_file *f, const architecture *arch)
{
    static const float qmin = 0;
    const float qmax = (float)f->qmax;
    const uint8_t shift = f->input_max == 63 ? 2 : 1;
    static const int64_t eleventh[] = {0, 0, 0, 1}, first[] = {0, 0}, last[] = {INT64_MAX, DIGITS_CLASSES};
    graph g = {p, "pixels"};
    int hidden = 0;
    for (int32_t i = 0; i + 1 < arch->count; i++) hidden |= arch->layers[i].kind != LAYER_POOL;
    const size_t at = protobuf_begin(p, MODEL_GRAPH);
    protobuf_text(p, GRAPH_NAME, f->architecture);
    put_value(p, GRAPH_INPUT, "pixels", TENSOR_UINT8, (int32_t[]){1, DIGITS_SIDE, DIGITS_SIDE, 0},
              "ink of N digits in MNIST's form, row by row: 0 = paper, 255 = full ink");
    put_value(p, GRAPH_OUTPUT, "logits", TENSOR_INT32, (int32_t[]){DIGITS_CLASSES, 0}, "larger = more likely");
    put_value(p, GRAPH_OUTPUT, "probabilities", TENSOR_FLOAT, (int32_t[]){DIGITS_CLASSES, 0},
              "softmax of the logits at the model's own temperature; what they lack to 1: no digit");
    put_constant(p, "shift", TENSOR_UINT8, (int32_t[]){0}, &shift, sizeof shift);
    if (hidden) { /* a constant that no node takes is worth a warning to ONNX Runtime */
        put_constant(p, "qmin", TENSOR_FLOAT, (int32_t[]){0}, &qmin, sizeof qmin);
        put_constant(p, "qmax", TENSOR_FLOAT, (int32_t[]){0}, &qmax, sizeof qmax);
    }
    put_constant(p, "logits.scale", TENSOR_FLOAT, (int32_t[]){0}, data_of(f, "logits.scale"), sizeof(float));

    const size_t node = begin_node(&g, "BitShift", "shift", NULL, "activations"),
                 way = protobuf_begin(p, NODE_ATTRIBUTE);
    protobuf_text(p, ATTRIBUTE_NAME, "direction");
    protobuf_text(p, ATTRIBUTE_S, "RIGHT");
    protobuf_integer(p, ATTRIBUTE_TYPE, ATTRIBUTE_IS_STRING);
    protobuf_end(p, way);
    protobuf_end(p, node);
    for (int32_t i = 0; i < arch->count; i++) {
        if (arch->layers[i].kind == LAYER_POOL) put_pool(&g, &arch->layers[i], i);
        else put_sums(&g, f, arch, i);
    }
    put_node(&g, "Flatten", NULL, NULL, "logits");
    put_cast(&g, TENSOR_FLOAT, "logits.float");
    put_node(&g, "Mul", "logits.scale", NULL, "logits.scaled");
    /* digits_probabilities' eleventh logit, of no digit: always 0. */
    put_constant(p, "eleventh", TENSOR_INT64, (int32_t[]){4, 0}, eleventh, sizeof eleventh);
    put_constant(p, "ten.first", TENSOR_INT64, (int32_t[]){2, 0}, first, sizeof first);
    put_constant(p, "ten.last", TENSOR_INT64, (int32_t[]){2, 0}, last, sizeof last);
    put_node(&g, "Pad", "eleventh", NULL, "logits.all");
    put_node(&g, "Softmax", NULL, NULL, "probabilities.all");
    put_node(&g, "Slice", "ten.first", "ten.last", "probabilities");
    protobuf_end(p, at);
}

/* The model card. header: of the safetensors file, which weights_parse has found good. */
static digits_status put_card(protobuf *p, const char *header, size_t size)
{
    json_t *root = json_loadb(header, size, 0, NULL), *value;
    if (!root)
        return DIGITS_WEIGHTS_DAMAGED; /* texts that are no UTF-8: the core looks at none but the architecture */
    const char *key;
    json_object_foreach(json_object_get(root, "__metadata__"), key, value)
    {
        const size_t at = protobuf_begin(p, MODEL_METADATA);
        protobuf_text(p, ENTRY_KEY, key);
        protobuf_bytes(p, ENTRY_VALUE, json_string_value(value), json_string_length(value));
        protobuf_end(p, at);
    }
    json_decref(root);
    return DIGITS_OK;
}

/* Conv with stride 1, pool and dense, each behind the other, on 28×28. */
static int is_chain(const architecture *a)
{
    for (int32_t i = 0; i < a->count; i++) {
        const layer_shape *l = &a->layers[i];
        if (l->kind == LAYER_UPSAMPLE || (l->kind == LAYER_CONV && l->stride > 1) || l->from != i - 1 || l->add >= 0)
            return 0;
    }
    return !a->any_size && a->height == DIGITS_SIDE && a->width == DIGITS_SIDE &&
           a->layers[a->count - 1].kind == LAYER_DENSE;
}

digits_status onnx_export(const uint8_t *file, size_t size, uint8_t **model, size_t *bytes)
{
    weights_file f;
    architecture arch;
    size_t network_bytes;
    uint64_t header;
    protobuf p = {0};
    digits_status status = digits_network_size(file, size, &network_bytes); /* checks all that there is to check */
    if (!status) status = weights_parse(file, size, &f);
    if (!status) status = architecture_parse(f.architecture, &arch);
    if (status) return status;
    if (!is_chain(&arch)) return DIGITS_BAD_ARGUMENT;

    protobuf_integer(&p, MODEL_IR_VERSION, IR_VERSION);
    protobuf_text(&p, MODEL_PRODUCER, "digits");
    const size_t opset = protobuf_begin(&p, MODEL_OPSET);
    protobuf_integer(&p, OPSET_VERSION, OPSET);
    protobuf_end(&p, opset);
    put_graph(&p, &f, &arch);
    memcpy(&header, file, sizeof header);
    status = put_card(&p, (const char *)file + sizeof header, (size_t)header);
    if (!status && p.failed) status = DIGITS_OUT_OF_MEMORY;
    if (status) {
        free(p.bytes);
        return status;
    }
    *model = p.bytes;
    *bytes = p.size;
    return DIGITS_OK;
}
