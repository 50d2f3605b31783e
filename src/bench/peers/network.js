// A weights file for other engines: the same network in floats, and the files that they read it from.
import protobuf from 'protobufjs';
import { Builder } from 'flatbuffers';

/**
 * Layers with weights int8·scale and biases int32·scale: what the integers stand for, without their roundings. Weights
 * lie as in the file: output, row, column, input channel. One more scale brings pixels of 0..255 onto the first grid.
 * @param {Uint8Array} file
 */
export function readNetwork(file) {
  file = Uint8Array.from(file); // a Buffer's slices are no copies
  const view = new DataView(file.buffer, file.byteOffset),
    length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const tensor = (name) => {
    const {
        dtype,
        data_offsets: [begin, end],
      } = header[name],
      bytes = file.slice(8 + length + begin, 8 + length + end);
    return new { I8: Int8Array, I32: Int32Array, F32: Float32Array }[dtype](bytes.buffer);
  };
  const { architecture, activations = '127' } = header.__metadata__;
  let [side, channels] = [28, 1];
  const layers = architecture.split(' ').map((text, i, all) => {
    const [, kind, size, out] = text.match(/^([a-z]+)(\d*):?(\d*)$/),
      k = Number(size),
      last = i === all.length - 1;
    if (kind === 'pool') return { kind, size: k, side: (side = Math.floor(side / k)), out: channels };
    const weights = tensor(`layers.${i}.weight`),
      bias = tensor(`layers.${i}.bias`),
      n = Number(out);
    const scale = last ? new Float32Array(n).fill(tensor('logits.scale')[0]) : tensor(`layers.${i}.scale`);
    const input = i === 0 ? (Number(activations) + 1) / 256 : 1; // pixels >> 1 is pixels · 1/2, nearly
    const layer = {
      kind,
      size: k || 1,
      side,
      in: channels,
      inSide: side,
      out: n,
      relu: !last,
      weights: Float32Array.from(weights, (w, j) => w * scale[Math.floor(j / (weights.length / n))] * input),
      bias: Float32Array.from(bias, (b, j) => b * scale[j]),
    };
    if (kind === 'dense') (layer.in = channels * side ** 2), (side = layer.side = 1);
    channels = n;
    return layer;
  });
  return layers;
}

/** Multiply-accumulates a picture. @param {ReturnType<typeof readNetwork>} layers */
export const macs = (layers) =>
  layers.reduce((sum, { weights, side }) => sum + (weights ? weights.length * side ** 2 : 0), 0);

const ONNX = protobuf
  .parse(`syntax = "proto2";
  message AttributeProto { optional string name = 1; optional int64 i = 3; repeated int64 ints = 8 [packed = false]; optional int32 type = 20; }
  message NodeProto { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated AttributeProto attribute = 5; }
  message TensorProto { repeated int64 dims = 1 [packed = false]; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorTypeProto { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message TypeProto { optional TensorTypeProto tensor_type = 1; }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
  message ModelProto { optional int64 ir_version = 1; optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
`)
  .root.lookupType('ModelProto');

/** ONNX, opset 13: input float[n,1,28,28], output float[n,10]. @param {ReturnType<typeof readNetwork>} layers @param {number} n */
export function toOnnx(layers, n) {
  const node = [],
    initializer = [];
  const constant = (name, dims, values) => {
    initializer.push({ name, dims, dataType: 1, rawData: new Uint8Array(values.buffer) });
    return name;
  };
  const add = (opType, input, output, attributes = {}) =>
    node.push({
      opType,
      input,
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) =>
        Array.isArray(value) ? { name, ints: value, type: 7 } : { name, i: value, type: 2 },
      ),
    });
  const value = (name, dims) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  let at = 'input';
  layers.forEach(({ kind, size, side, in: c, inSide, out, weights, bias, relu }, i) => {
    if (kind === 'pool') add('MaxPool', [at], (at = `pool${i}`), { kernel_shape: [size, size], strides: [size, size] });
    else if (kind === 'conv') {
      // ONNX has input channels before rows
      const turned = weights.map((_, j) => {
          const x = j % size,
            y = Math.floor(j / size) % size,
            k = Math.floor(j / size ** 2) % c,
            o = Math.floor(j / size ** 2 / c);
          return weights[((o * size + y) * size + x) * c + k];
        }),
        pad = (size - 1) / 2;
      add(
        'Conv',
        [at, constant(`w${i}`, [out, c, size, size], turned), constant(`b${i}`, [out], bias)],
        (at = `conv${i}`),
        { kernel_shape: [size, size], pads: [pad, pad, pad, pad] },
      );
    } else {
      const channels = c / inSide ** 2;
      const turned = weights.map((_, j) => {
        const k = j % c,
          o = Math.floor(j / c),
          pixel = k % inSide ** 2,
          channel = Math.floor(k / inSide ** 2);
        return weights[o * c + pixel * channels + channel];
      });
      add('Flatten', [at], (at = `flat${i}`), { axis: 1 });
      add('Gemm', [at, constant(`w${i}`, [out, c], turned), constant(`b${i}`, [out], bias)], (at = `dense${i}`), {
        transB: 1,
      });
    }
    if (relu) add('Relu', [at], (at = `relu${i}`));
    void side;
  });
  return ONNX.encode(
    ONNX.fromObject({
      irVersion: 7,
      opsetImport: [{ version: 13 }],
      graph: {
        name: 'digits',
        node,
        initializer,
        input: [value('input', [n, 1, 28, 28])],
        output: [value(at, [n, 10])],
      },
    }),
  ).finish();
}

/** TensorFlow Lite's flatbuffer (tensorflow/compiler/mlir/lite/schema/schema.fbs): input float[n,28,28,1], output
 * float[n,10]. @param {ReturnType<typeof readNetwork>} layers @param {number} n */
export function toTflite(layers, n) {
  const b = new Builder(1 << 20);
  /** A table: [slot, type, value, default] each. */
  const table = (...fields) => {
    b.startObject(8);
    for (const [slot, type, value, usual = 0] of fields) b[`addField${type}`](slot, value, usual);
    return b.endObject();
  };
  const offsets = (list) => (
    b.startVector(4, list.length, 4), list.toReversed().forEach((o) => b.addOffset(o)), b.endVector()
  );
  const ints = (list) => (
    b.startVector(4, list.length, 4), list.toReversed().forEach((v) => b.addInt32(v)), b.endVector()
  );
  const buffers = [table()],
    tensors = [],
    operators = [];
  const tensor = (shape, values) => {
    if (values) {
      const bytes = new Uint8Array(values.buffer);
      b.startVector(1, bytes.length, 16);
      for (let i = bytes.length; i--; ) b.addInt8(bytes[i]);
      const data = b.endVector();
      buffers.push(table([0, 'Offset', data]));
    }
    const name = b.createString(`t${tensors.length}`),
      dims = ints(shape);
    tensors.push(table([0, 'Offset', dims], [2, 'Int32', values ? buffers.length - 1 : 0], [3, 'Offset', name]));
    return tensors.length - 1;
  };
  const CODES = [3, 17, 9, 22],
    [CONV, POOL, DENSE, RESHAPE] = [0, 1, 2, 3]; // BuiltinOperator
  const operator = (code, inputs, output, kind, options) => {
    const i = ints(inputs),
      o = ints([output]);
    operators.push(
      table([0, 'Int32', code], [1, 'Offset', i], [2, 'Offset', o], [3, 'Int8', kind], [4, 'Offset', options]),
    );
    return output;
  };
  let at = tensor([n, 28, 28, 1]);
  const input = at;
  for (const { kind, size, side, in: c, inSide, out, weights, bias, relu } of layers) {
    const activation = [kind === 'dense' ? 0 : kind === 'pool' ? 5 : 3, 'Int8', Number(relu ?? false)];
    if (kind === 'conv') {
      const inputs = [at, tensor([out, size, size, c], weights), tensor([out], bias)],
        to = tensor([n, side, side, out]);
      at = operator(CONV, inputs, to, 1, table([1, 'Int32', 1], [2, 'Int32', 1], activation));
    } else if (kind === 'pool') {
      at = operator(
        POOL,
        [at],
        tensor([n, side, side, out]),
        5,
        table([0, 'Int8', 1], [1, 'Int32', size], [2, 'Int32', size], [3, 'Int32', size], [4, 'Int32', size]),
      );
    } else {
      if (inSide > 1) {
        const shape = ints([n, c]);
        at = operator(RESHAPE, [at], tensor([n, c]), 17, table([0, 'Offset', shape]));
      }
      at = operator(
        DENSE,
        [at, tensor([out, c], weights), tensor([out], bias)],
        tensor([n, out]),
        8,
        table(activation),
      );
    }
  }
  const parts = [offsets(tensors), ints([input]), ints([at]), offsets(operators)];
  const graph = table(...parts.map((part, i) => [i, 'Offset', part]));
  const codes = offsets(CODES.map((code) => table([0, 'Int8', code], [2, 'Int32', 1, 1], [3, 'Int32', code])));
  const graphs = offsets([graph]),
    all = offsets(buffers);
  b.finish(table([0, 'Int32', 3], [1, 'Offset', codes], [2, 'Offset', graphs], [4, 'Offset', all]), 'TFL3');
  return b.asUint8Array();
}
