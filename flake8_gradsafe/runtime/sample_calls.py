"""What people write and PyTorch's own samples lack: calls only, what they do is measured.

A row is `operator: call ; call …`, indented lines go on with it. A call is the text between the parentheses,
over the names that `sample_tensors` gives; `spelling|arguments` names another callable than the operator's
own public one.
"""

CALLS = """
add: operator.add|1, x ; operator.add|2, x ; operator.add|2.5, x ;
    x, 2 ; x, 2.5 ; x, 1 ; x, 0.5 ; x, y ; x, v ; x, one ; x, y, alpha=2 ;
    cz, cz2 ; cz, y ; y, cz ; cz, 2 ; cz, 2.5 ; cz, 1 ; x, 1j ; operator.add|1j, x
sub: operator.sub|1, x ; operator.sub|2, x ; operator.sub|2.5, x ; operator.sub|0, x ;
    x, 2 ; x, 2.5 ; x, 1 ; x, 0.5 ; x, y ; x, v ; x, one ; x, y, alpha=2 ;
    cz, cz2 ; cz, y ; y, cz ; cz, 2 ; cz, 2.5 ; cz, 1 ; x, 1j
mul: operator.mul|2, x ; operator.mul|2.5, x ; operator.mul|1, x ; operator.mul|0.5, x ;
    x, 2 ; x, 2.5 ; x, 1 ; x, 0.5 ; x, y ; x, v ; x, one ;
    cz, cz2 ; cz, y ; y, cz ; cz, 2 ; cz, 2.5 ; cz, 1 ; x, 1j ; operator.mul|1j, x ; cz, 1j ; operator.mul|1j, cz
div: operator.truediv|1, p ; operator.truediv|2, p ; operator.truediv|2.5, p ;
    x, 2 ; x, 2.5 ; x, 1 ; x, 0.5 ; x, y ; x, v ; x, one ; x, y, rounding_mode='floor' ;
    cz, cz2 ; cz, p ; p, cz ; cz, 2 ; cz, 2.5 ; cz, 1
remainder: x, 2 ; x, 0.7 ; x, y ;
    operator.mod|2, p ; operator.mod|2.5, p ; operator.mod|1, p ; x, 1
floor_divide: x, 2 ; x, y ;
    x, 1 ; x, 2.5 ; operator.floordiv|2, p ; operator.floordiv|2.5, p ; operator.floordiv|1, p ;
    idx, 2 ; idx, 3 ; idx, 1 ; idx, idx + 1
pow: operator.pow|2, p ; operator.pow|2.5, p ;
    p, 2 ; p, 3 ; p, 0.5 ; p, 1 ; p, 0 ; p, -1 ; p, q ; 2, p ; 2.5, p ;
    cz, 2 ; cz, 3 ; cz, 0.5
rsub: x, 1 ; x, 2.5 ; x, y
matmul: x, m ; b, c ; x, v ; v, w ; v, m ; b, m ;
    cz, czm ; cz, m ; x, czm
einsum: 'ij,jk->ik', x, m ; 'ij,ij->ij', x, y ; 'ij,ij->', x, y ; 'bij,bjk->bik', b, c ;
    'i,i->', v, w ; 'i,j->ij', v, w ; 'ij->ji', x ; 'ij->i', x ; 'ij,jk,kl->il', x, sq, m ;
    'ij,jk->ik', [x, m] ;
    'ij,jk->ik', cz, czm ; 'ij,ij->ij', cz, cz2 ; 'ij,ij->', cz, cz2
__getitem__: x, 0 ; x, 1 ; x, 2 ; x, -1 ; x, at[0:2] ; x, at[::2] ; x, at[0, 1] ; x, at[:, 1] ;
    x, at[:, 0] ; x, at[:, -1] ; b, at[:, :, 0] ; b, at[:, :, 1] ; b, at[:, :, -1] ; b, at[:, 0] ;
    b, at[:, -1, :] ; x, at[:, 1:3] ; b, at[:, :, 0:2] ; im, at[:, :, 1:3, 1:3] ; x, at[0, 1:3] ;
    x, at[-1, 1:3] ; x, at[..., 0] ; x, at[..., 1] ; x, at[..., -1] ; x, at[..., 0:2] ;
    x, at[..., None] ; x, at[None, ...] ; x, at[:, None] ; x, at[None, :] ; b, at[:, None, :] ;
    x, at[:, :, None] ; x, ... ; x, None ; x, rows ; x, mask ; x, mask[:, 0] ; x, at[rows, cols] ;
    x, at[:, cols] ; x, at[rows, :] ; x, at[rows, 1] ; x, at[:, mask[0]] ; x, at[mask[:, 0], :] ;
    x, at[..., cols] ; x, [2, 0]
view: x, -1 ; x, 2, 6 ; x, (2, 6) ; x, (4, -1) ; Tensor.view|b, 6, -1 ; x, torch.int64 ;
    cz, -1 ; cz, 2, 6 ; cz, (2, 6)
reshape: x, (-1,) ; xt, (-1,) ; x, (2, 6) ; xt, (2, 6) ; Tensor.reshape|x, -1 ;
    Tensor.reshape|xt, -1 ; Tensor.reshape|x, 2, 6 ; Tensor.reshape|xt, 2, 6 ;
    Tensor.reshape|x, 3, 4
flatten: x ; xt ; v ; b, 1 ; bt, 1 ; b, 0, 1 ; bt, 0, 1 ; b, start_dim=1 ; bt, start_dim=1 ; b, -2 ;
    bt, -2
reshape_as: Tensor.reshape_as|x, m.new_ones(2, 6) ; Tensor.reshape_as|xt, m.new_ones(2, 6)
unflatten: x, 1, (2, 2) ; x, -1, (2, 2)
ravel: x ; xt
T: x
mT: x ; b
H: x
mH: x ; b
real: x ;
    cz
t: x
transpose: x, 0, 1 ; b, 1, 2 ; b, -1, -2 ; b, -2, -1 ; b, 2, 1 ; x, 1, 0 ; b, 0, 1 ; b, 1, 0
permute: b, (2, 0, 1) ; Tensor.permute|b, 2, 0, 1 ; Tensor.permute|b, (2, 0, 1)
unsqueeze: x, 0 ; x, 1 ; x, -1 ; x, 2 ; b, -2
squeeze: x[None] ; x[None], 0 ; x[:, None], 1 ; x[..., None], 2 ; x[..., None], -1 ; x, 0 ; x, 1 ;
    x, -1
expand: Tensor.expand|u[:, None], 3, 4 ; Tensor.expand|v, 3, -1 ; Tensor.expand|x, (2, 3, 4) ;
    Tensor.expand|x[None], 2, -1, -1
expand_as: Tensor.expand_as|v, x
broadcast_to: v, (3, 4)
repeat: Tensor.repeat|x, 2, 1 ; Tensor.repeat|x, (2, 1) ; Tensor.repeat|v, 3
unbind: x ; x, 0 ; x, 1 ; x, dim=-1
chunk: x, 2 ; x, 2, 1 ; x, 2, -1 ; x, 2, dim=1 ; x, 2, dim=-1 ; x, 3 ; x, 3, 1 ; x, 3, dim=-1
split: x, 2 ; x, 1 ; x, 2, 1 ; x, 2, dim=1 ; x, 2, dim=-1 ; x, [1, 3], 1 ; x, [1, 3], dim=-1 ;
    x, [1, 2] ; x, [1, 3], -1
narrow: x, 0, 0, 2 ; x, 1, 1, 2
select: x, 0, 1 ; x, 1, 0 ; x, -1, 0
diagonal: sq
unfold: Tensor.unfold|x, 1, 2, 1
as_strided: x, (2, 2), (4, 1)
movedim: b, 0, 1 ; b, 1, -1
to: Tensor.to|x, 'meta' ; Tensor.to|x, torch.device('meta') ; Tensor.to|x, device='meta' ;
    Tensor.to|x, 'meta', non_blocking=True ; Tensor.to|x, torch.device('meta'), non_blocking=True ;
    Tensor.to|x, torch.float64 ; Tensor.to|x, torch.float32 ; Tensor.to|x, 'cpu' ;
    Tensor.to|x, torch.device('cpu') ; Tensor.to|x, y ; Tensor.to|x, single ;
    Tensor.to|x, dtype=torch.float64 ; Tensor.to|x, dtype=torch.float32 ;
    Tensor.to|x, device='cpu' ; Tensor.to|x, 'cpu', torch.float64 ;
    Tensor.to|x, 'cpu', torch.float32 ; Tensor.to|x, 'cpu', non_blocking=True ;
    Tensor.to|x, torch.device('cpu'), non_blocking=True ; Tensor.to|x, torch.float64, copy=True ;
    Tensor.to|cz, torch.complex64
float: x ; single
double: x ; single
half: x ; single
cpu: x ; xt
contiguous: Tensor.contiguous|x ; Tensor.contiguous|xt ; Tensor.contiguous|bt
type: x, torch.float64 ; x, torch.float32
type_as: x, y ; x, single
fill: x, 0 ; x, 0.5 ; x, one
clone: x ; xt ;
    cz
nn.functional.relu: x ; x, inplace=True
nn.functional.relu6: x ; x, inplace=True
nn.functional.elu: x ; x, inplace=True
nn.functional.selu: x ; x, inplace=True
nn.functional.celu: x ; x, inplace=True
nn.functional.leaky_relu: x ; x, inplace=True ; x, 0.2 ; x, 0.2, inplace=True ; x, 0.2, True ;
    x, negative_slope=0.2 ; x, negative_slope=0.2, inplace=True
nn.functional.hardtanh: x ; x, inplace=True ; x, 0, 1 ; x, 0.0, 1.0, inplace=True
nn.functional.hardswish: x ; x, inplace=True
nn.functional.hardsigmoid: x ; x, inplace=True
nn.functional.silu: x ; x, inplace=True
nn.functional.mish: x ; x, inplace=True
nn.functional.threshold: x, 0.1, 0.0 ; x, 0.1, 0.0, inplace=True
nn.functional.rrelu: nn.functional.rrelu|x ; nn.functional.rrelu|x, inplace=True ;
    nn.functional.rrelu|x, training=True
nn.functional.dropout: x ; x, 0.4 ; x, p=0.4 ; x, 0.4, True ; x, 0.4, False ; x, training=True ;
    x, training=False ; x, p=0.4, training=True ; x, p=0.4, training=False ; x, inplace=True ;
    x, 0.4, inplace=True ; x, p=0.4, inplace=True ; x, training=True, inplace=True ;
    x, training=False, inplace=True ; x, p=0.4, training=True, inplace=True ;
    x, p=0.4, training=False, inplace=True
nn.functional.alpha_dropout: x ; x, 0.4 ; x, p=0.4 ; x, 0.4, True ; x, 0.4, False ;
    x, training=True ; x, training=False ; x, p=0.4, training=True ; x, p=0.4, training=False ;
    x, inplace=True ; x, 0.4, inplace=True ; x, p=0.4, inplace=True ;
    x, training=True, inplace=True ; x, training=False, inplace=True ;
    x, p=0.4, training=True, inplace=True ; x, p=0.4, training=False, inplace=True
nn.functional.feature_alpha_dropout: im ; im, 0.4 ; im, p=0.4 ; im, 0.4, True ; im, 0.4, False ;
    im, training=True ; im, training=False ; im, p=0.4, training=True ; im, p=0.4, training=False ;
    im, inplace=True ; im, 0.4, inplace=True ; im, p=0.4, inplace=True ;
    im, training=True, inplace=True ; im, training=False, inplace=True ;
    im, p=0.4, training=True, inplace=True ; im, p=0.4, training=False, inplace=True
nn.functional.dropout1d: sig ; sig, 0.4 ; sig, p=0.4 ; sig, 0.4, True ; sig, 0.4, False ;
    sig, training=True ; sig, training=False ; sig, p=0.4, training=True ;
    sig, p=0.4, training=False ; sig, inplace=True ; sig, 0.4, inplace=True ;
    sig, p=0.4, inplace=True ; sig, training=True, inplace=True ;
    sig, training=False, inplace=True ; sig, p=0.4, training=True, inplace=True ;
    sig, p=0.4, training=False, inplace=True
nn.functional.dropout2d: im ; im, 0.4 ; im, p=0.4 ; im, 0.4, True ; im, 0.4, False ;
    im, training=True ; im, training=False ; im, p=0.4, training=True ; im, p=0.4, training=False ;
    im, inplace=True ; im, 0.4, inplace=True ; im, p=0.4, inplace=True ;
    im, training=True, inplace=True ; im, training=False, inplace=True ;
    im, p=0.4, training=True, inplace=True ; im, p=0.4, training=False, inplace=True
nn.functional.linear: x, lw ; x, lw, lb ; b, lw, lb ; x, weight=lw, bias=lb ; x, lw, bias=lb
nn.functional.conv1d: sig, k1 ; sig, k1, v ; sig, k1, padding=1 ; sig, k1, v, padding=1 ;
    sig, k1, bias=v
nn.functional.conv2d: im, k2 ; im, k2, v ; im, k2, padding=1 ; im, k2, v, padding=1 ;
    im, k2, v, 1, 1 ; im, k2, bias=v, padding=1
nn.functional.batch_norm: x, mean, var ; x, mean, var, training=True ;
    x, mean, var, mean, v, training=True ; x, mean, var, w, v, True ; x, mean, var, w, v, False ;
    x, mean, var, w, v, True, 0.1, 1e-5 ; x, mean, var, w, v, False, 0.1, 1e-5 ;
    x, None, None, w, v, True ; x, None, None, training=True ;
    x, mean, var, weight=w, bias=v, training=True
nn.functional.layer_norm: x, (4,) ; x, (4,), w, v ; x, (4,), weight=w, bias=v ; x, [4], w, v, 1e-5
nn.functional.mse_loss: x, y ; x, y, reduction='sum' ; x, y, reduction='none'
nn.functional.l1_loss: x, y ; x, y, reduction='sum' ; x, y, reduction='none'
nn.functional.smooth_l1_loss: x, y ; x, y, reduction='sum' ; x, y, reduction='none' ; x, y, beta=0.5
nn.functional.huber_loss: x, y ; x, y, reduction='sum' ; x, y, reduction='none'
nn.functional.cross_entropy: x, t ; x, t, weight=w ; x, t, label_smoothing=0.1 ;
    x, t, ignore_index=-1 ; x, t, reduction='none' ; x, t, reduction='sum' ; x, p
nn.functional.nll_loss: x, t ; x, t, reduction='none' ; x, t, reduction='sum' ; x, t, weight=p[0] ;
    x, t, ignore_index=-1
nn.functional.kl_div: x, p ; x, p, reduction='batchmean' ; x, p, reduction='sum' ;
    x, p, reduction='none' ; x, y, log_target=True
nn.functional.binary_cross_entropy: p, q ; p, q, reduction='sum' ; p, q, reduction='none' ;
    p, q, weight=p ; p, q, p
nn.functional.binary_cross_entropy_with_logits: x, p ; x, p, reduction='none' ;
    x, p, reduction='sum' ; x, p, pos_weight=var ; x, p, weight=q
nn.functional.normalize: x ; x, dim=1 ; x, dim=-1 ; x, p=2, dim=1 ; x, p=2, dim=-1 ; x, 2, 1 ;
    x, 2, -1 ; x, dim=0 ; x, 1 ; x, p=1
nn.functional.softmax: x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1 ; x, dim=0
nn.functional.log_softmax: x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1 ; x, dim=0
nn.functional.embedding: t, sq ; t, sq, padding_idx=0
nn.functional.interpolate: im, scale_factor=2 ; im, size=(7, 7) ; im, (7, 7) ;
    im, scale_factor=2, mode='bilinear' ; im, size=(7, 7), mode='bilinear', align_corners=False ;
    im, scale_factor=2, mode='bilinear', align_corners=True ; im, scale_factor=2, mode='nearest'
nn.functional.pad: x, (1, 1) ; x, (1, 1), value=0 ; x, (1, 1), 'constant', 0 ;
    sig, (1, 1), mode='reflect' ; sig, (1, 1), 'replicate'
nn.functional.cosine_similarity: x, y ; x, y, dim=1 ; x, y, dim=-1
nn.functional.max_pool2d: im, 2 ; im, 3 ; im, (2, 2) ; im, 2, 2 ; im, kernel_size=2 ; im, 3, 2, 1 ;
    im, 2, stride=2 ; im, kernel_size=2, stride=2
nn.functional.max_pool1d: sig, 2 ; sig, 3 ; sig, kernel_size=2 ; sig, 2, 2 ; sig, 3, 2, 1 ; sig, 2, stride=2
nn.functional.avg_pool1d: sig, 2 ; sig, 3 ; sig, kernel_size=2 ; sig, 2, 2 ; sig, 2, stride=2
nn.functional.max_pool3d: im, 2 ; im, kernel_size=2 ; im, 2, 2 ; im, 2, stride=2
nn.functional.avg_pool2d: im, 2 ; im, 3 ; im, (2, 2) ; im, 2, 2 ; im, kernel_size=2 ;
    im, 2, stride=2
nn.functional.adaptive_avg_pool2d: im, 1 ; im, (1, 1) ; im, 2
where: Tensor.where|x, mask, y ; mask, x, 0 ; mask, x, 0.0 ; mask, 0, x ; mask, 1.5, x ; mask, x, y ;
    mask, x, one ; mask, 0, 1 ; mask, 1.5, 0.0 ; mask, 1.5, 0 ; mask, 0, 1.5 ; mask, 1.5, -2.5 ;
    mask, 1, 0 ; mask, cz, cz2 ; mask, cz, 0
masked_fill: x, mask, 0 ; x, mask, -1e9 ; x, mask, float('-inf') ; x, mask, one ; x, mask, value=0 ;
    x, mask, value=-1e9
masked_select: x, mask
scatter: x, 0, idx, y ; x, 1, idx, y ; x, -1, idx, y ; x, 1, idx, 1.5 ; x, 1, idx, src=y
scatter_add: x, 0, idx, y ; x, 1, idx, y
gather: x, 0, idx ; x, 1, idx ; x, -1, idx ; x, dim=1, index=idx ; x, dim=-1, index=idx ;
    b, 2, idx[None, :, :3]
index_select: x, 0, rows ; x, 1, rows ; x, dim=0, index=rows
cdist: x, y ; x, y, 2 ; x, y, p=2 ; x, y, p=1 ; x, y, 1
max: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ; x, y
min: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ; x, y
amax: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2
amin: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2
maximum: x, y
sort: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=-1 ; x, descending=True ; x, dim=-1, descending=True ;
    x, -1, True
topk: x, 2 ; x, 1 ; x, 3 ; x, 2, dim=1 ; x, 3, dim=-1 ; x, k=2 ; x, 2, 1 ; x, k=2, dim=-1
std: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ;
    x, unbiased=False ; x, 1, unbiased=False ; x, dim=1, unbiased=False
var: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ;
    x, unbiased=False ; x, 1, unbiased=False ; x, dim=1, unbiased=False
sum: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ; x, (0, 1) ;
    x, dim=(0, 1) ; b, dim=(1, 2), keepdim=True ;
    cz ; cz, 0 ; cz, -1 ; cz, dim=-1 ; cz, dim=(0, 1)
mean: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1, keepdim=True ; x, 1, True ; b, 2 ; x, (0, 1) ;
    x, dim=(0, 1) ; b, dim=(1, 2), keepdim=True ;
    cz ; cz, 0 ; cz, -1 ; cz, dim=-1 ; cz, dim=(0, 1)
prod: x ; x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1 ; cz
norm: x ; x, 2 ; x, 1 ; x, p=2 ; x, p=1 ; x, dim=1 ; x, dim=-1 ; x, 2, 1 ; x, 2, -1 ; x, 2, dim=1 ;
    x, p=2, dim=1 ; x, p=2, dim=-1 ; x, dim=-1, keepdim=True ; x, p=2, dim=-1, keepdim=True ;
    x, p=2, dim=1, keepdim=True ; x, 'fro' ;
    cz ; cz, dim=-1
linalg.norm: x ; x, dim=1 ; x, dim=-1 ; x, dim=-1, keepdim=True ;
    cz ; cz, dim=-1
linalg.vector_norm: x ; x, dim=-1 ; x, 2
clamp: x, -0.5 ; x, 0 ; x, min=0 ; x, min=-0.5 ; x, max=0.5 ; x, max=1 ; x, -0.5, 0.5 ; x, 0, 1 ;
    x, -1, 1 ; x, min=0, max=1 ; x, min=-0.5, max=0.5 ; x, y ; x, min=y ; x, y, y + 1 ; x, None, 0.5
cat: [x, y] ; [x, y], 0 ; [x, y], 1 ; [x, y], -1 ; [x, y], dim=0 ; [x, y], dim=1 ; [x, y], dim=-1 ;
    (x, y), 1 ; [x] ;
    [cz, cz2] ; [cz, cz2], 1 ; [cz, cz2], dim=-1
stack: [x, y] ; [x, y], 0 ; [x, y], 1 ; [x, y], dim=0 ; [x, y], dim=1 ; [x, y], dim=-1 ; [x] ;
    [cz, cz2] ; [cz, cz2], 1 ; [cz, cz2], dim=-1
cumsum: x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1
cumprod: x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1
logsumexp: x, 0 ; x, 1 ; x, -1 ; x, dim=1 ; x, dim=-1 ; x, 1, True ; x, dim=-1, keepdim=True ;
    x, dim=1, keepdim=True ; x, (0, 1)
addmm: lb, x, m ; lb, x, m, beta=2, alpha=3
mm: x, m ; cz, czm
mv: x, v
bmm: b, c ; czb, czc
outer: v, w
dot: v, w
lerp: x, y, 0.3 ; x, y, p
addcmul: x, y, z ; x, y, z, value=0.5
addcdiv: x, y, p ; x, y, p, value=0.5
clamp_min: x, 0 ; x, 1 ; x, 0.5 ; x, -1e-8 ; x, min=0 ; x, min=1 ; x, min=0.5 ; x, y
clamp_max: x, 0 ; x, 1 ; x, 0.5 ; x, -1e-8 ; x, max=0 ; x, max=1 ; x, max=0.5 ; x, y
fmod: x, 1 ; x, 2 ; x, 0.7 ; x, y
float_power: p, 2 ; p, 0.5 ; p, q
xlogy: x, p ; 2.5, p
ldexp: x, y
copysign: x, y ; x, -1.0
imag: cz
view_as_real: cz
view_as_complex: pair
complex: x, y
polar: p, x
conj: cz
conj_physical: cz
resolve_conj: cz ; cz.conj()
angle: cz
abs: cz
neg: cz
exp: cz
log: cz
sqrt: cz
sin: cz
cos: cz
tanh: cz
square: cz
reciprocal: cz
sgn: cz
roll: cz, 1 ; cz, 1, 0 ; cz, (1, 1), (0, 1)
fft.fft: cz ; cz, dim=-1 ; cz, dim=0 ; cz, 4 ; cz, norm='ortho' ; cz, dim=-1, norm='ortho' ;
    x, dim=-1, norm='ortho'
fft.ifft: cz ; cz, dim=-1 ; cz, dim=0 ; cz, 4 ; cz, norm='ortho' ; cz, dim=-1, norm='ortho'
fft.rfft: x ; x, dim=-1 ; x, dim=1 ; x, dim=1, norm='ortho' ; x, dim=-1, norm='ortho'
fft.irfft: cz ; cz, 6 ; cz, n=6 ; cz, dim=-1 ; cz, dim=1 ; cz, n=6, dim=1 ; cz, n=6, dim=-1 ;
    cz, n=6, dim=1, norm='ortho' ; cz, n=6, dim=-1, norm='ortho' ; cz, norm='ortho'
fft.fft2: cz ; czb ; czb, dim=(-2, -1) ; czb, norm='ortho' ; im ; im, dim=(-2, -1) ; im, norm='ortho' ;
    im, dim=(-2, -1), norm='ortho'
fft.ifft2: cz ; czb ; czb, dim=(-2, -1) ; czb, norm='ortho' ; czb, dim=(-2, -1), norm='ortho'
fft.rfft2: im ; im, dim=(-2, -1) ; im, norm='ortho' ; im, dim=(-2, -1), norm='ortho' ;
    im, dim=(1, 2), norm='ortho'
fft.irfft2: czb ; czb, s=(3, 6) ; czb, s=(3, 6), dim=(-2, -1) ; czb, norm='ortho' ;
    czb, s=(3, 6), norm='ortho' ; czb, s=(3, 6), dim=(-2, -1), norm='ortho' ; czb, dim=(-2, -1), norm='ortho'
fft.fftn: cz ; czb ; czb, dim=(-2, -1) ; im, dim=(-2, -1) ; czb, norm='ortho'
fft.ifftn: cz ; czb ; czb, dim=(-2, -1) ; czb, norm='ortho'
fft.rfftn: im ; im, dim=(-2, -1) ; im, dim=(-2, -1), norm='ortho'
fft.irfftn: czb ; czb, s=(3, 6), dim=(-2, -1) ; czb, dim=(-2, -1) ; czb, s=(3, 6), dim=(-2, -1), norm='ortho'
fft.hfft: cz ; cz, 6
fft.ihfft: x
fft.fftshift: x ; cz ; cz, dim=-1 ; czb, dim=(-2, -1) ; im, dim=(-2, -1)
fft.ifftshift: x ; cz ; cz, dim=-1 ; czb, dim=(-2, -1) ; im, dim=(-2, -1)
stft: wave, 8, return_complex=True ; wave, 8, 4, return_complex=True ;
    wave, 8, 4, 8, window, return_complex=True ;
    wave, 8, hop_length=4, win_length=8, window=window, return_complex=True ;
    wave, 8, hop_length=4, win_length=8, window=window, center=True, return_complex=True ;
    wave, n_fft=8, hop_length=4, window=window, return_complex=True
istft: spectrum, 8 ; spectrum, 8, 4 ; spectrum, 8, 4, 8, window ; spectrum, 8, 4, window=window ;
    spectrum, 8, hop_length=4, win_length=8, window=window ;
    spectrum, 8, hop_length=4, win_length=8, window=window, center=True ;
    spectrum, 8, hop_length=4, win_length=8, window=window, length=20 ; spectrum, n_fft=8, hop_length=4, window=window
not_equal: x, y ; x, 0
greater: x, y ; x, 0
greater_equal: x, y ; x, 0
less: x, y ; x, 0
less_equal: x, y ; x, 0
heaviside: x, y
argwhere: x
unique_consecutive: x ; t
nn.functional.affine_grid: theta, (2, 3, 4, 4) ; theta, [2, 3, 4, 4] ;
    theta, (2, 3, 4, 4), align_corners=False ; theta, (2, 3, 4, 4), align_corners=True
nn.functional.gumbel_softmax: x ; x, 0.5 ; x, tau=0.5 ; x, hard=True ; x, 0.5, True ;
    x, tau=0.5, hard=True ; x, tau=1, hard=True ; x, tau=0.5, hard=False ; x, dim=-1 ;
    x, tau=0.5, dim=-1 ; x, tau=0.5, hard=True, dim=-1 ; x, hard=True, dim=-1
nn.functional.fold: blocks, (4, 4), (2, 2) ; blocks, (4, 4), 2 ; blocks, output_size=(4, 4), kernel_size=2 ;
    blocks, (4, 4), 2, stride=1
nn.functional.upsample: im, scale_factor=2 ; im, size=(7, 7) ; im, (7, 7) ;
    im, scale_factor=2, mode='bilinear' ; im, size=(7, 7), mode='bilinear' ;
    im, scale_factor=2, mode='bilinear', align_corners=True ; im, scale_factor=2, mode='nearest'
"""

INPLACE_CALLS = """
normal_: x ; x, 0, 1 ; x, 0.0, 0.02 ; x, mean=0, std=1 ; x, std=0.02
uniform_: x ; x, 0, 1 ; x, -0.1, 0.1 ; x, -1, 1
exponential_: x ; x, 2 ; x, 0.5
bernoulli_: x ; x, 0.3 ; x, p
random_: x ; x, 2 ; x, 5 ; x, 0, 5
log_normal_: x
cauchy_: x
geometric_: x, 0.4
copy_: x, y ; x, v ; x, single ; x, y, True ; x, y, non_blocking=True
zero_: x
fill: x, 0 ; x, 1 ; x, 2 ; x, 0.5 ; x, one ; x, float('-inf')
fill_diagonal_: sq, 0 ; sq, 1 ; sq, 0.5
__setitem__: x, 0, 0 ; x, 0, 1 ; x, 0, 2.5 ; x, 1, v ; x, -1, v ; x, -1, 0 ; x, at[0:2], 0 ;
    x, at[0:2], 1 ; x, at[0:2], 2.5 ; x, at[0:2], y[:2] ; x, at[0:2], v ; x, at[0, 1], 0 ;
    x, at[0, 1], 2.5 ; x, at[0, 1], one ; x, at[:, 0], 0 ; x, at[:, 0], 1 ; x, at[:, 0], 2.5 ;
    x, at[:, 0], u ; x, at[:, 1], u ; x, at[:, 1], 0 ; x, at[:, -1], u ; x, at[:, -1], 0 ;
    x, at[:, 1:3], 0 ; x, at[:, 1:3], 2.5 ; x, at[:, 1:3], y[:, :2] ; x, at[..., 0], u ;
    x, at[..., -1], 0 ; x, at[..., 0:2], y[:, :2] ; x, at[..., 0:2], 0 ; x, at[0, 1:3], 0 ;
    x, at[0, 1:3], v[:2] ; x, rows, 0 ; x, rows, 2.5 ; x, rows, y[:2] ; x, mask, 0 ; x, mask, 1 ;
    x, mask, 2.5 ; x, mask, one ; x, mask, y[mask] ; x, mask[:, 0], 0 ; x, at[rows, cols], 0 ;
    x, at[rows, cols], 1 ; x, at[rows, cols], u[:2] ; x, at[:, cols], 0 ; x, at[:, cols], y[:, :2] ;
    x, ..., 0 ; x, ..., y ; x, [2, 0], 0
index_fill: x, 0, rows, 0 ; x, 1, rows, 0.5 ; x, 1, rows, one
index_add: x, 0, rows, y[:2] ; x, 0, rows, y[:2], alpha=2
index_copy: x, 0, rows, y[:2]
index_put: x, (rows, cols), u[:2] ; x, (rows,), y[:2]
scatter: x, 1, idx, 1 ; x, 1, idx, 1.0 ; x, 1, idx, 0 ; x, 0, idx, 1 ; x, -1, idx, 1
scatter_add: x, 0, idx, y
masked_fill: x, mask, 0
masked_scatter: x, mask, y
squeeze: x[None] ; x[None], 0
unsqueeze: x, 0 ; x, 1 ; x, -1
t: x
transpose: x, 0, 1
"""
