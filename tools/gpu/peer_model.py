"""The training step of src/Fml.Model in PyTorch: the same encoder, decoder, image formation and losses, on a template of random numbers.

Geometry is [.., V, 3] and images are [F, 3, W, W], as PyTorch's own operations like them. F = K M frames of K people, person by person.
Two things differ from src/Fml.Model, both in PyTorch's favour: what hides a vertex is looked up in a depth buffer of splatted vertices
instead of drawn triangles, and a step that is not finite is not skipped.
"""
import math

import torch
import torch.nn.functional as functional
from torch import nn

LANDMARKS, JAW, POSE, LIGHT = 68, 17, 6, 27
FOCAL_PER_WIDTH, AMBIENT = 4.53, 1 / 0.282095
CROP_WIDTH = 1000 / FOCAL_PER_WIDTH

# channels, kernel, stride, padding, pool: as EncoderOptions.Paper and EncoderOptions.Small.
PAPER = dict(
    features=[(96, 11, 4, 4, True), (256, 5, 1, 2, True), (384, 3, 1, 1, False)], medium=[(256, 3, 2, 1, False)] * 2,
    identity=[(384, 3, 1, 1, False), (256, 3, 1, 1, False)], identity_widths=[1000, 1000], code_map=(384, 3, 1, 1, False),
    frame=[(384, 3, 1, 1, False), (384, 3, 1, 1, False), (256, 3, 1, 1, True)], frame_widths=[2048], landmarks=[])
SMALL = dict(
    features=[(24, 5, 2, 2, True), (48, 3, 1, 1, True), (64, 3, 1, 1, False)], medium=[(96, 3, 2, 1, False), (128, 3, 2, 1, False)],
    identity=[(128, 3, 1, 1, False)], identity_widths=[256], code_map=(32, 3, 1, 1, False),
    frame=[(64, 3, 1, 1, False), (64, 3, 1, 1, True)], frame_widths=[256], landmarks=[256, 128])

# Sizes of the templates and graphs that the bench measures; its JSON, where given, overrides them.
SIZES = {
    "tiny": dict(
        encoder="small", image=48, vertices=700, triangles=1300, edges=2000, nodes=40, graphEdges=140, bindings=6, rank=20, shape=6,
        albedo=4, expressions=8, strip=9),
    "demo": dict(
        encoder="small", image=96, vertices=6700, triangles=13200, edges=19900, nodes=150, graphEdges=560, bindings=6, rank=30, shape=32,
        albedo=16, expressions=20, strip=12),
    "paper": dict(
        encoder="paper", image=240, vertices=60000, triangles=119000, edges=179000, nodes=521, graphEdges=2000, bindings=6, rank=86,
        shape=500, albedo=500, expressions=80, strip=40),
}


class SparseProduct(torch.autograd.Function):
    """A constant sparse matrix times dense columns; the reverse multiplies by its transpose, which is kept beside it."""

    @staticmethod
    def forward(context, matrix, transposed, x):
        context.transposed = transposed
        return torch.sparse.mm(matrix, x)

    @staticmethod
    def backward(context, adjoint):
        return None, None, torch.sparse.mm(context.transposed, adjoint.contiguous())


# Compilers do not look into sparse matrices, nor even take them as arguments: hence the template.
outside_compiler = getattr(getattr(torch, "compiler", None), "disable", lambda function: function)


@outside_compiler
def skin(template, columns):
    return SparseProduct.apply(template.skinning, template.skinning_transposed, columns)


class Template:
    """A bent grid with the sizes of a head: its triangles are as near in memory as a real mesh's."""

    def __init__(self, sizes, device):
        generator = torch.Generator().manual_seed(1)
        v, n, b = sizes["vertices"], sizes["nodes"], sizes["expressions"]
        columns = max(2, round(math.sqrt(v)))
        place = torch.arange(v)
        x, y = (place % columns).float() / columns - 0.5, (place // columns).float() / (v / columns) - 0.5
        positions = torch.stack([170 * x, 200 * y, 60 - 300 * (x * x + y * y)], 1)
        corner = place[(place % columns < columns - 1) & (place + columns + 1 < v)]
        # Counter-clockwise seen from +z, where the camera is.
        triangles = torch.cat([
            torch.stack([corner, corner + 1, corner + columns], 1), torch.stack([corner + 1, corner + columns + 1, corner + columns], 1)])
        edges = torch.cat([
            torch.stack([corner, corner + 1], 1), torch.stack([corner, corner + columns], 1), torch.stack([corner + 1, corner + columns], 1)])
        self.positions = positions.to(device)
        self.triangles = fit(triangles, sizes["triangles"]).to(device)
        self.edges = fit(edges, sizes["edges"]).to(device)
        per = sizes["bindings"]
        near = ((place[:, None].float() / v * n).long() + torch.arange(per)[None] * max(1, n // 23)) % n
        weights = torch.full((v, per), 1.0 / per)
        indices = torch.stack([place[:, None].expand(v, per).reshape(-1), near.reshape(-1)])
        self.skinning = torch.sparse_coo_tensor(indices, weights.reshape(-1), (v, n)).coalesce().to(device)
        self.skinning_transposed = torch.sparse_coo_tensor(indices.flip(0), weights.reshape(-1), (n, v)).coalesce().to(device)
        self.graph_edges = torch.randint(n, (sizes["graphEdges"], 2), generator=generator).to(device)
        self.q = torch.linalg.qr(torch.randn(3 * n, sizes["rank"], generator=generator))[0].to(device)
        self.blendshapes = (0.5 * torch.randn(b, 3 * v, generator=generator)).to(device)
        self.deviation, self.least, self.most = (torch.full((b,), value, device=device) for value in (0.2, 0.0, 1.0))
        self.fixed = torch.randint(v, (LANDMARKS - JAW, 3), generator=generator).to(device)
        self.strips = torch.randint(v, (JAW, sizes["strip"]), generator=generator).to(device)
        mean = positions[torch.randint(v, (LANDMARKS,), generator=generator), :2].to(device)
        self.flip = torch.tensor([1.0, -1.0], device=device)  # y is up in space and down in images
        self.mean_landmarks = (mean - mean.mean(0)) * self.flip
        self.ambient = torch.cat([torch.full((1, 3), AMBIENT), torch.zeros(8, 3)]).to(device)
        self.identity = torch.eye(3, device=device)


def fit(rows, count):
    """So many rows: repeated or cut."""
    return rows.repeat(-(-count // len(rows)), 1)[:count].contiguous()


class Convolutions(nn.Sequential):
    def __init__(self, options, channels):
        layers = []
        for outputs, kernel, stride, padding, pool in options:
            layers += [nn.Conv2d(channels, outputs, kernel, stride, padding), nn.ReLU()]
            if pool:
                layers.append(nn.MaxPool2d(3, 2))
            channels = outputs
        super().__init__(*layers)
        self.channels = channels


def side_after(options, side):
    for _, kernel, stride, padding, pool in options:
        side = (side + 2 * padding - kernel) // stride + 1
        side = (side - 3) // 2 + 1 if pool else side
    return side


def dense(inputs, widths, outputs, last_scale=0.01):
    layers = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    last = nn.Linear(inputs, outputs)
    with torch.no_grad():
        last.weight *= last_scale
        last.bias *= last_scale
    return nn.Sequential(*layers, last)


class Encoder(nn.Module):
    def __init__(self, sizes, template):
        super().__init__()
        options = PAPER if sizes["encoder"] == "paper" else SMALL
        self.image, self.template = sizes["image"], template
        self.codes = sizes["shape"] + sizes["albedo"]
        self.features = Convolutions(options["features"], 3)
        self.side = side_after(options["features"], self.image)
        self.medium = Convolutions(options["medium"], self.features.channels)
        medium_side = side_after(options["medium"], self.side)
        self.identity = Convolutions(options["identity"], self.medium.channels)
        identity_side = side_after(options["identity"], medium_side)
        widths = options["landmarks"]
        self.landmarks = dense(2 * LANDMARKS + 4, widths[:-1], widths[-1], last_scale=1) if widths else None
        beside = 3 + (widths[-1] if widths else 0)
        self.identity_dense = dense(
            identity_side ** 2 * self.identity.channels + beside, options["identity_widths"], self.codes)
        self.codes_to_map = nn.Linear(self.codes, self.side ** 2)
        self.code_map = Convolutions([options["code_map"]], 1)
        self.frame = Convolutions(options["frame"], self.features.channels + self.code_map.channels)
        frame_side = side_after(options["frame"], self.side)
        self.frame_dense = dense(
            frame_side ** 2 * self.frame.channels + beside, options["frame_widths"], POSE + sizes["expressions"] + LIGHT)

    def forward(self, images, landmarks, intrinsics, people):
        """Identity codes [K, Q] and raw parameters [F, R]."""
        frames = images.shape[0]
        low = self.features(images * 2 - 1)
        medium = self.medium(low)
        focal, centre = intrinsics[:, :1], intrinsics[:, 1:]
        side = torch.cat([2 * torch.log(focal / (FOCAL_PER_WIDTH * self.image)), (centre - self.image / 2) / (2 * self.image)], 1)
        if self.landmarks is not None:
            side = torch.cat([side, torch.relu(self.landmarks(self.landmark_shape(landmarks)))], 1)
        pooled = medium.reshape(people, frames // people, *medium.shape[1:]).mean(1)
        pooled_side = side.reshape(people, frames // people, -1).mean(1)
        identity = self.identity_dense(torch.cat([self.identity(pooled).flatten(1), pooled_side], 1))
        per_frame = identity.repeat_interleave(frames // people, 0)
        code_map = torch.relu(self.codes_to_map(per_frame)).reshape(frames, 1, self.side, self.side)
        joined = torch.cat([low, self.code_map(code_map)], 1)
        return identity, self.frame_dense(torch.cat([self.frame(joined).flatten(1), side], 1))

    def landmark_shape(self, points):
        """Residuals after the best similarity, then position, size and roll."""
        mean = self.template.mean_landmarks
        centre = points.mean(1, keepdim=True)
        z = points - centre
        square = (mean * mean).sum()
        real = (z * mean).sum((1, 2)).reshape(-1, 1) / square
        imaginary = (z[..., 1] * mean[:, 0] - z[..., 0] * mean[:, 1]).sum(1, keepdim=True) / square
        scale = real ** 2 + imaginary ** 2 + 1e-12
        x = (real * z[..., 0] + imaginary * z[..., 1]) / scale - mean[:, 0]
        y = (real * z[..., 1] - imaginary * z[..., 0]) / scale - mean[:, 1]
        return torch.cat([
            x / 4, y / 4, 2.5 * torch.log(scale * (CROP_WIDTH / self.image) ** 2), imaginary / torch.sqrt(scale) / 0.2,
            (centre[:, 0] / self.image - 0.5) / 0.2], 1)


class FaceModel(nn.Module):
    """Bases, encoder and the losses of a step in which everything learns."""

    def __init__(self, sizes, device):
        super().__init__()
        torch.manual_seed(1)
        self.sizes, self.template = sizes, Template(sizes, device)
        self.encoder = Encoder(sizes, self.template)
        self.shape_basis = nn.Parameter(0.1 * torch.randn(sizes["shape"], 3 * sizes["nodes"]))
        self.albedo_basis = nn.Parameter(0.02 * torch.randn(sizes["albedo"], 3 * sizes["vertices"]))
        self.mean_albedo = nn.Parameter(0.3 + 0.4 * torch.rand(sizes["vertices"], 3))
        self.to(device)

    def face(self, images, landmarks, intrinsics, people):
        """Codes of the network as posed and coloured vertices."""
        sizes, template, frames = self.sizes, self.template, images.shape[0]
        g, h, b, image = sizes["shape"], sizes["albedo"], sizes["expressions"], sizes["image"]
        identity, raw = self.encoder(images, landmarks, intrinsics, people)
        d = identity[:, :g] @ self.shape_basis
        d = (d - (d @ template.q) @ template.q.T).reshape(people, 3, sizes["nodes"])
        columns = d.permute(2, 0, 1).reshape(sizes["nodes"], 3 * people)
        skinned = skin(template, columns)
        skinned = skinned.reshape(-1, people, 3).transpose(0, 1)
        neutral = skinned + template.positions
        expression = raw[:, POSE:POSE + b] * template.deviation
        expressed = neutral.repeat_interleave(frames // people, 0) + (expression @ template.blendshapes).reshape(frames, -1, 3)
        log_size = raw[:, 5:6] * 0.05
        focal, centre = intrinsics[:, :1], intrinsics[:, 1:]
        distance = 1000 / (FOCAL_PER_WIDTH * image) * focal * torch.exp(log_size)
        shift = (image / 2 - centre) / focal * distance * template.flip + raw[:, 3:5] * 20
        rotation = rotations(raw[:, :3] * 0.3, template.identity)
        positions = expressed @ rotation.transpose(1, 2) + torch.cat([shift, -distance], 1)[:, None]
        offset = (identity[:, g:g + h] @ self.albedo_basis).reshape(people, -1, 3)
        light = (raw[:, POSE + b:] * 0.5).reshape(frames, 9, 3) + template.ambient
        return dict(
            identity=identity, displacement=d, skinned=skinned, expression=expression, log_size=log_size, expressed=expressed,
            rotation=rotation, positions=positions, offset=offset, albedo=self.mean_albedo + offset, light=light)

    def forward(self, batch, people):
        """The weighted sum of the losses."""
        template, image = self.template, self.sizes["image"]
        images = batch["images"].permute(0, 3, 1, 2).float() / 255
        intrinsics = batch["intrinsics"]
        face = self.face(images, batch["landmarks"], intrinsics, people)
        x, frames = face["positions"], images.shape[0]
        normals = mesh_normals(face["expressed"], template.triangles) @ face["rotation"].transpose(1, 2)
        focal, centre = intrinsics[:, None, :1], intrinsics[:, None, 1:]
        points = centre + focal * x[..., :2] * template.flip / torch.clamp(-x[..., 2:], min=1)

        sampled = functional.grid_sample(
            images, (points * (2 / image) - 1)[:, :, None], mode="bilinear", padding_mode="border", align_corners=False)[..., 0].transpose(1, 2)
        predicted = face["albedo"].repeat_interleave(frames // people, 0) * (harmonics(normals) @ face["light"])
        with torch.no_grad():
            visible = seen(x, normals, points, focal[:, :, 0], image)
            chroma = chroma_weights(sampled, visible, template.edges, people)
        error = torch.sqrt(((sampled - predicted) ** 2).sum(2) + 1e-4) - 0.01
        photometric = (visible * error).sum() / torch.clamp(visible.sum(), min=1)
        found = landmark_points(template, x, normals, points)
        landmarks = (batch["confidence"] * ((found - batch["landmarks"]) ** 2).sum(2)).sum() / (image ** 2 * batch["confidence"].numel())
        graph = difference(face["displacement"].transpose(1, 2), template.graph_edges)
        smoothness = (graph ** 2).sum() / (people * len(template.graph_edges))
        albedo_edges = (difference(face["albedo"], template.edges) ** 2).sum(2)
        sparsity = (chroma * (albedo_edges + 1e-6) ** 0.45).mean()
        weight = face["expression"]
        excess = torch.clamp(template.least - weight, min=0) + torch.clamp(weight - template.most, min=0)
        expression = ((weight ** 2 + 10 * excess ** 2) / template.deviation ** 2).mean()
        total = (
            10 * photometric + 0.16 * image ** 2 * landmarks + 0.003 * smoothness + 0.5 * sparsity + 0.3 * expression
            + 0.01 * 3 * (face["skinned"] ** 2).mean() + 0.5 * 3 * (face["offset"] ** 2).mean()
            + 0.01 * ((face["light"] - template.ambient) ** 2).mean() + 0.03 * ((face["log_size"] / 0.05) ** 2).mean())
        return total


def rotations(w, identity):
    """Rodrigues, with series near 0. [F, 3] to [F, 3, 3]."""
    s = (w * w).sum(1)[:, None, None]
    small = s < 1e-2
    angle = torch.sqrt(torch.where(small, torch.ones_like(s), s))
    a = torch.where(small, 1 - s / 6 + s * s / 120, torch.sin(angle) / angle)
    b = torch.where(small, 0.5 - s / 24 + s * s / 720, (1 - torch.cos(angle)) / angle ** 2)
    x, y, z = w.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshape(-1, 3, 3)
    return (1 - b * s) * identity + a * cross + b * w[:, :, None] * w[:, None]


def mesh_normals(x, triangles):
    a, b, c = triangles.unbind(1)
    origin = x.index_select(1, a)
    crossed = torch.cross(x.index_select(1, b) - origin, x.index_select(1, c) - origin, dim=2)
    total = torch.zeros_like(x).index_add(1, a, crossed).index_add(1, b, crossed).index_add(1, c, crossed)
    return functional.normalize(total, dim=2, eps=1e-6)


def harmonics(n):
    x, y, z = n.unbind(2)
    return torch.stack([
        torch.full_like(x, 0.282095), 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z,
        0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y)], 2)


def difference(x, edges):
    return x.index_select(1, edges[:, 0]) - x.index_select(1, edges[:, 1])


def seen(x, normals, points, focal, image):
    """Facing the camera, inside the crop, and not behind the nearest vertices of its pixel. [F, V]."""
    distance = -x[..., 2]
    facing = (normals * x).sum(2) / x.norm(dim=2) < -0.1
    inside = ((points >= 0) & (points < image)).all(2) & (distance >= 1)
    pixel = points.clamp(0, image - 1).long()
    pixel = pixel[..., 1] * image + pixel[..., 0]
    buffer = torch.full((x.shape[0], image * image), float("inf"), device=x.device)
    buffer = buffer.scatter_reduce(1, pixel, torch.where(inside, distance, torch.full_like(distance, float("inf"))), "amin")
    return (facing & inside & (distance <= buffer.gather(1, pixel) + 2.6 / focal * distance)).float()


def chroma_weights(sampled, visible, edges, people):
    frames, vertices, _ = sampled.shape
    colours = (sampled * visible[..., None]).reshape(people, frames // people, vertices, 3).sum(1)
    total = colours.sum(2, keepdim=True)
    chroma = torch.where(total > 1 / 255, colours / total, torch.full_like(colours, 4))
    squared = (difference(chroma, edges) ** 2).sum(2)
    return torch.where(squared > 3, torch.ones_like(squared), torch.exp(-80 * torch.sqrt(squared)))


def landmark_points(template, x, normals, points):
    frames, strips = x.shape[0], template.strips
    at, n = (value.index_select(1, strips.reshape(-1)).reshape(frames, *strips.shape, 3) for value in (x.detach(), normals.detach()))
    nearest = ((at * n).sum(3).abs() / at.norm(dim=3)).argmin(2)
    jaw = strips[None].expand(frames, -1, -1).gather(2, nearest[..., None])[..., 0]
    sliding = points.gather(1, jaw[..., None].expand(-1, -1, 2))
    fixed = points.index_select(1, template.fixed.reshape(-1)).reshape(frames, -1, 3, 2).mean(2)
    return torch.cat([sliding, fixed], 1)


def batch_of(sizes, people, frames_each, device):
    """Random images and landmarks of a batch."""
    generator = torch.Generator().manual_seed(2)
    frames, image = people * frames_each, sizes["image"]
    return {
        "images": torch.randint(256, (frames, image, image, 3), dtype=torch.uint8, generator=generator).to(device),
        "landmarks": (image * torch.rand(frames, LANDMARKS, 2, generator=generator)).to(device),
        "confidence": torch.ones(frames, LANDMARKS, device=device),
        "intrinsics": torch.tensor([[FOCAL_PER_WIDTH * image, image / 2, image / 2]]).repeat(frames, 1).to(device),
    }
