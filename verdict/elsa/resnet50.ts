/**
 * ResNet-50 on ImageNet as ELSA's authors ran it (3-bit activations, 4-bit weights, 16 time steps): what enters each
 * convolution. Shapes follow from the architecture (He et al., CVPR 2016); spikes and flits are figures that the authors'
 * simulator recorded (ELSA's published artefact, commit e06c382, trace `ResNet50_a4w3_with_Noc`).
 */
export interface ConvolutionInput {
  readonly name: string
  /** Kernel width and stride; padding keeps the size. */
  readonly kernel: number
  readonly stride: number
  /** Channels that enter, and output columns. */
  readonly inputs: number
  readonly channels: number
  /** Width and height of the input image. */
  readonly size: number
  /** Spikes that enter, over all time steps. */
  readonly spikes: number
  /** Flits they come in, each with spikes of one pixel. */
  readonly flits: number
}

/** Spikes and flits by layer, in the order of the network. */
const RECORDED: Readonly<Record<string, readonly [spikes: number, flits: number]>> = {
  'conv1': [97834, 45885],
  'layer1.0.conv1': [224470, 21136],
  'layer1.0.conv2': [249481, 22078],
  'layer1.0.downsample.0': [224470, 21136],
  'layer1.0.conv3': [281313, 23036],
  'layer1.1.conv1': [840082, 56838],
  'layer1.1.conv2': [225616, 20500],
  'layer1.1.conv3': [330902, 30306],
  'layer1.2.conv1': [1220726, 80179],
  'layer1.2.conv2': [304187, 27779],
  'layer1.2.conv3': [248667, 25337],
  'layer2.0.conv1': [1423925, 92727],
  'layer2.0.conv2': [397853, 35576],
  'layer2.0.downsample.0': [1423925, 92727],
  'layer2.0.conv3': [179055, 13514],
  'layer2.1.conv1': [565635, 35336],
  'layer2.1.conv2': [86923, 8132],
  'layer2.1.conv3': [202008, 15207],
  'layer2.2.conv1': [668405, 41219],
  'layer2.2.conv2': [137222, 11960],
  'layer2.2.conv3': [139502, 12331],
  'layer2.3.conv1': [667856, 41612],
  'layer2.3.conv2': [131396, 11557],
  'layer2.3.conv3': [160928, 13941],
  'layer3.0.conv1': [652061, 41015],
  'layer3.0.conv2': [131479, 11958],
  'layer3.0.downsample.0': [652061, 41015],
  'layer3.0.conv3': [140674, 9046],
  'layer3.1.conv1': [375998, 22242],
  'layer3.1.conv2': [59426, 4657],
  'layer3.1.conv3': [71050, 5343],
  'layer3.2.conv1': [440848, 25904],
  'layer3.2.conv2': [54627, 4479],
  'layer3.2.conv3': [73309, 5458],
  'layer3.3.conv1': [484779, 28431],
  'layer3.3.conv2': [50523, 4324],
  'layer3.3.conv3': [101091, 7175],
  'layer3.4.conv1': [440991, 26097],
  'layer3.4.conv2': [30473, 3086],
  'layer3.4.conv3': [84811, 6321],
  'layer3.5.conv1': [434467, 25797],
  'layer3.5.conv2': [35349, 3385],
  'layer3.5.conv3': [108926, 7698],
  'layer4.0.conv1': [284329, 17460],
  'layer4.0.conv2': [33573, 3568],
  'layer4.0.downsample.0': [284329, 17460],
  'layer4.0.conv3': [36766, 2462],
  'layer4.1.conv1': [55741, 3509],
  'layer4.1.conv2': [16496, 1349],
  'layer4.1.conv3': [19244, 1490],
  'layer4.2.conv1': [31601, 2171],
  'layer4.2.conv2': [5582, 805],
  'layer4.2.conv3': [11894, 1107],
}

/** Blocks of the four stages, their inner width, and the size of their output image. */
const STAGES = [
  { blocks: 3, width: 64, size: 56 },
  { blocks: 4, width: 128, size: 28 },
  { blocks: 6, width: 256, size: 14 },
  { blocks: 3, width: 512, size: 7 },
] as const

type Shape = Omit<ConvolutionInput, 'spikes' | 'flits'>

function shapes(): Shape[] {
  const all: Shape[] = [{ name: 'conv1', kernel: 7, stride: 2, inputs: 3, channels: 64, size: 224 }]
  let inputs = 64 // of the next block, behind the first convolution's pooling
  STAGES.forEach(({ blocks, width, size }, at) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && at > 0 ? 2 : 1
      const name = `layer${at + 1}.${block}`
      const before = size * stride
      all.push({ name: `${name}.conv1`, kernel: 1, stride: 1, inputs, channels: width, size: before })
      all.push({ name: `${name}.conv2`, kernel: 3, stride, inputs: width, channels: width, size: before })
      if (block === 0) {
        all.push({ name: `${name}.downsample.0`, kernel: 1, stride, inputs, channels: 4 * width, size: before })
      }
      all.push({ name: `${name}.conv3`, kernel: 1, stride: 1, inputs: width, channels: 4 * width, size })
      inputs = 4 * width
    }
  })
  return all
}

/** The 53 convolutions. */
export function resnet50Inputs(): ConvolutionInput[] {
  return shapes().map((shape) => {
    const [spikes, flits] = RECORDED[shape.name]!
    return { ...shape, spikes, flits }
  })
}

/** Time steps of the published run, and cycles until its last layer is done. */
export const RESNET50_STEPS = 16
export const RESNET50_CYCLES = 395_342

/**
 * Microjoules of the published run by part (same trace): what the model of the processing element is held to. The first
 * convolution takes its input as numbers, on plain adders.
 */
export const PUBLISHED_SPLIT_UJ = {
  adders: 109.2, weights: 81.1, membrane: 43.1, queues: 24.4, fire: 13.2, tracer: 5.3,
} as const
