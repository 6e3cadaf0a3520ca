// A map over a matrix one of whose arguments is a product of thin matrices, g[i, j] = sum_k A[k, i] B[k, j], formed on the fly. Before it
// stand elementwise.cuh; load_one and load_many, which fetch the map's other arguments; finish_one and finish_many, which evaluate and
// write; RowsPerThread, 1, 2 or 4.
//
// A block of 256 threads keeps B for 32 Width columns in shared memory and walks down its rows, 8 RowsPerThread at a time: the map's
// arguments are asked for first, A's part comes into shared memory meanwhile, each thread forms RowsPerThread x Width sums in registers.
// Floors: every argument and output moved once, plus A and B; 2 Inner operations an element.

// Sizes of a map over a matrix one of whose arguments is a product of thin matrices.
struct ThinMapSizes {
    MapSizes Map;           // the map without the product
    int Rows;               // rows of the matrix
    int Columns;            // columns of the matrix
    int Inner;              // number of summed terms
    Index StrideAInner;     // elements from A[k, i] to A[k + 1, i]
    Index StrideARow;       // elements from A[k, i] to A[k, i + 1]
};

enum { TileColumns = 32 * Width, TileRows = 8 * RowsPerThread };

// Packed: a thread's columns are neighbours, moved as one; else they are 32 apart, so that a warp's accesses touch.
template <bool Packed>
static __device__ __forceinline__ void thin_map(
    const ThinMapSizes& p, const Inputs& inputs, const Constants& constants, const Real* a, const Real* b, const Outputs& outputs)
{
    extern __shared__ float4 staged[];
    Real* const stagedB = (Real*)staged;                        // [Inner, TileColumns]
    Real* const stagedA = stagedB + p.Inner * TileColumns;      // [Inner, TileRows]
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const Index firstColumn = (Index)blockIdx.x * TileColumns;
    for (int i = threadIdx.x; i < p.Inner * TileColumns; i += blockDim.x) {
        const Index column = firstColumn + i % TileColumns;
        stagedB[i] = column < p.Columns ? b[(Index)(i / TileColumns) * p.Columns + column] : (Real)0;
    }

    const int tiles = (p.Rows + TileRows - 1) / TileRows;
    const int endTile = (int)((Index)tiles * (blockIdx.y + 1) / gridDim.y);
    for (int tile = (int)((Index)tiles * blockIdx.y / gridDim.y); tile < endTile; tile++) {
        const Index tileRow = (Index)tile * TileRows, firstRow = tileRow + warp * RowsPerThread;
        Loaded loaded[RowsPerThread][Width];
        #pragma unroll
        for (int r = 0; r < RowsPerThread; r++) {
            if (firstRow + r >= p.Rows) continue;
            if (Packed) {
                const Index column = firstColumn + lane * Width;
                if (column < p.Columns) load_many(p.Map, inputs, (Size)(firstRow + r), (Size)column, loaded[r]);
            } else {
                #pragma unroll
                for (int w = 0; w < Width; w++) {
                    const Index column = firstColumn + lane + 32 * w;
                    if (column < p.Columns) load_one(p.Map, inputs, (Size)(firstRow + r), (Size)column, loaded[r][w]);
                }
            }
        }

        __syncthreads(); // the last use of stagedA is over
        for (int i = threadIdx.x; i < p.Inner * TileRows; i += blockDim.x) {
            const Index row = tileRow + i % TileRows;
            stagedA[i] = row < p.Rows ? a[(i / TileRows) * p.StrideAInner + row * p.StrideARow] : (Real)0;
        }
        __syncthreads();

        Real product[RowsPerThread][Width];
        #pragma unroll
        for (int r = 0; r < RowsPerThread; r++) {
            #pragma unroll
            for (int w = 0; w < Width; w++) product[r][w] = 0;
        }
        #pragma unroll 4
        for (int k = 0; k < p.Inner; k++) {
            const Pack<Real, RowsPerThread> rows = *(const Pack<Real, RowsPerThread>*)(stagedA + k * TileRows + warp * RowsPerThread);
            Pack<Real> columns;
            if (Packed) columns = load_pack(stagedB + k * TileColumns + lane * Width);
            else {
                #pragma unroll
                for (int w = 0; w < Width; w++) columns.v[w] = stagedB[k * TileColumns + lane + 32 * w];
            }
            #pragma unroll
            for (int r = 0; r < RowsPerThread; r++) {
                #pragma unroll
                for (int w = 0; w < Width; w++) product[r][w] += rows.v[r] * columns.v[w];
            }
        }

        #pragma unroll
        for (int r = 0; r < RowsPerThread; r++) {
            if (firstRow + r >= p.Rows) continue;
            if (Packed) {
                const Index column = firstColumn + lane * Width;
                if (column < p.Columns) finish_many(loaded[r], constants, product[r], outputs, (Size)((firstRow + r) * p.Columns + column));
            } else {
                #pragma unroll
                for (int w = 0; w < Width; w++) {
                    const Index column = firstColumn + lane + 32 * w;
                    if (column < p.Columns)
                        finish_one(loaded[r][w], constants, product[r][w], outputs, (Size)((firstRow + r) * p.Columns + column));
                }
            }
        }
    }
}
