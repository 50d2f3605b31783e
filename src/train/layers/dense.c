/* Fully connected layers. */
#include "../gemm.h"
#include "layers.h"

#include <string.h>

/* All pictures of the shard are the rows of one product; of ink, eight at a time, so that few have ink somewhere. */
void dense_forward(const model *m, int i, const float *weights, int n, tape *t)
{
    const model_layer *l = &m->layers[i];
    const int from = l->shape.from + 1;
    float *out = t->value[i + 1];
    for (int p = 0; p < n; p++) memcpy(out + p * l->out_p, weights + l->bias, (size_t)l->out_p * sizeof *out);
    const int together = from == 0 ? 8 : n;
    for (int p = 0; p < n; p += together) {
        const float *in = t->value[from] + p * l->shape.in_c;
        const int some = n - p < together ? n - p : together;
        int only[from == 0 ? l->shape.in_c : 1];
        gemm(&(gemm_view){.m = some,
                          .n = l->out_p,
                          .rows = 1,
                          .run =
                              from == 0 ? gemm_used(in, some, l->shape.in_c, l->shape.in_c, 1, only) : l->shape.in_c,
                          .a = in,
                          .a_m = l->shape.in_c,
                          .a_k = 1,
                          .b = weights + l->weights,
                          .b_k = l->out_p,
                          .c = out + p * l->out_p,
                          .c_m = l->out_p,
                          .only = from == 0 ? only : NULL});
    }
    if (i + 1 < m->count) activation_forward(m, i, n, t);
}

/* By inputs and biases; model_backward_dense does the weights. */
void dense_backward(const model *m, int i, const float *weights, const float *flipped, int n, tape *t,
                    float *gradient)
{
    const model_layer *l = &m->layers[i];
    const int from = l->shape.from + 1;
    if (i + 1 < m->count) activation_backward(m, i, n, t);
    batch_norm_backward(m, i, weights, n, t, gradient);
    if (from == 0) return;
    if (l->clears_from) tensor_clear(&m->tensors[from], t->grad[from], n);
    gemm(&(gemm_view){.m = n,
                      .n = l->shape.in_c,
                      .rows = 1,
                      .run = l->out_p,
                      .a = t->grad[i + 1],
                      .a_m = l->out_p,
                      .a_k = 1,
                      .b = flipped + l->weights,
                      .b_k = l->shape.in_c,
                      .c = t->grad[from],
                      .c_m = l->shape.in_c});
}

void model_backward_dense(const model *m, int batch, const batch_rows *b, float *gradient)
{
    for (int i = 0; i < m->count; i++) {
        const model_layer *l = &m->layers[i];
        if (l->shape.kind != LAYER_DENSE) continue;
        /* Rows of the weights at a time: a few neighbours in the picture, most of which no digit's ink reaches; or as
         * many as leave the batch's inputs to them in the first cache. */
        const int ink = l->shape.from < 0, rows = l->shape.in_c, part = ink ? 7 : 56;
#pragma omp for schedule(dynamic, 1) nowait
        for (int from = 0; from < rows; from += part) {
            int only[ink ? batch : 1];
            const int some = rows - from < part ? rows - from : part;
            const float *in = b->in[i] + from;
            float *to = gradient + l->weights + (size_t)from * (size_t)l->out_p;
            memset(to, 0, (size_t)some * (size_t)l->out_p * sizeof *to);
            gemm(&(gemm_view){.m = some,
                              .n = l->out_p,
                              .rows = 1,
                              .run = ink ? gemm_used(in, some, 1, batch, rows, only) : batch,
                              .a = in,
                              .a_m = 1,
                              .a_k = rows,
                              .b = b->grad[i],
                              .b_k = l->out_p,
                              .c = to,
                              .c_m = l->out_p,
                              .only = ink ? only : NULL});
        }
    }
#pragma omp barrier
}
