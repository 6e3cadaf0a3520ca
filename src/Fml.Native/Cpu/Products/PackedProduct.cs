using System.Runtime.CompilerServices;

namespace Fml.Native;

/// <summary>
/// The product of large matrices: both are cut into panels that the micro-kernel reads in order. One matrix, the smaller, is packed once
/// for all; the other is cut into pieces of work, each of which packs its own part in blocks that stay in the second-level cache. An
/// element of C is summed in an order that depends on the shape alone, so the result is the same on any number of threads.
/// </summary>
internal static unsafe class PackedProduct<TSimd, TVector, T, TLeft, TRight>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
    where TLeft : unmanaged, ILeftOperand<T>
    where TRight : unmanaged, IRightOperand<T>
{
    private const int SharedLimit = 32 << 20; // bytes of the shared operand that are packed at a time
    private const int Spill = 16; // elements that packing a panel may write past its end
    private const int PackingGrain = 1 << 14; // elements worth a piece of work
    private const int PanelGroup = 8; // row panels that stay in the second-level cache while columns go by

    /// <summary>
    /// <c>C[rows,columns] = left right</c>, or added to C, which is dense; of the inner dimension <paramref name="inner"/> elements
    /// from <paramref name="start"/> on.
    /// </summary>
    public static void Run(
        int rows, int columns, int start, int inner, in TLeft left, in TRight right, T* c, bool accumulate, Workers workers)
    {
        var layout = new Layout(rows, columns, start, inner);
        var panels = layout.SharesLeft ? layout.RowPanels : layout.ColumnPanels;
        var panelSize = (layout.SharesLeft ? MicroKernel<TSimd, TVector, T>.MaximumRows : layout.Width) * (long)layout.Depth + Spill;
        var blocksAtOnce = (int)Math.Clamp(SharedLimit / sizeof(T) / (panels * panelSize), 1, layout.DepthBlocks);
        var shared = Scratch.Get<T>(ScratchUse.SharedPanels, blocksAtOnce * panels * panelSize);
        for (var first = 0; first < layout.DepthBlocks; first += blocksAtOnce)
        {
            var blocks = Math.Min(blocksAtOnce, layout.DepthBlocks - first);
            var job = new Job(layout, left, right, shared, panelSize, first, blocks, c, accumulate || first > 0);
            workers.For(job.PackPieces, new PackShared(job));
            if (layout.SharesLeft) workers.For(layout.Pieces, new MultiplyColumns(job));
            else workers.For(layout.Pieces, new MultiplyRows(job));
        }
    }

    /// <summary>How a shape is cut; nothing else decides it.</summary>
    private readonly struct Layout
    {
        private const int DepthBytes = 3072; // of a row of a panel
        private const int PieceColumns = 256, PieceRowPanels = 16;
        private const int PiecesWanted = 8; // at least, for balance
        private const long SmallWork = 1 << 19; // multiplications that are not worth a second thread

        public readonly int Rows, Columns, Start, Inner, Width, RowPanels, ColumnPanels, DepthBlocks, Depth, PanelsOfPiece, Pieces;
        public readonly bool SharesLeft;
        private readonly int rowsOfPanel, tallPanels;

        public Layout(int rows, int columns, int start, int inner)
        {
            (Rows, Columns, Start, Inner, Width) = (rows, columns, start, inner, MicroKernel<TSimd, TVector, T>.Columns);
            RowPanels = Ceiling(rows, MicroKernel<TSimd, TVector, T>.MaximumRows);
            ColumnPanels = Ceiling(columns, Width);
            (rowsOfPanel, tallPanels) = (rows / RowPanels, rows % RowPanels);
            DepthBlocks = Ceiling(inner, DepthBytes / sizeof(T));
            Depth = Ceiling(inner, DepthBlocks);
            // The smaller matrix is shared, unless the larger has too few panels to go round.
            SharesLeft = ColumnPanels >= PiecesWanted ? rows < columns : RowPanels <= ColumnPanels;
            var (panels, largest) = SharesLeft ? (ColumnPanels, Math.Max(1, PieceColumns / Width)) : (RowPanels, PieceRowPanels);
            var small = (long)rows * columns * inner <= SmallWork;
            PanelsOfPiece = small ? panels : Math.Clamp(Ceiling(panels, PiecesWanted), 1, largest);
            Pieces = Ceiling(panels, PanelsOfPiece);
        }

        // Panels differ by one row at most, so that none is nearly empty.
        public int RowOfPanel(int panel) => panel * rowsOfPanel + Math.Min(panel, tallPanels);

        public int RowsOfPanel(int panel) => panel < tallPanels ? rowsOfPanel + 1 : rowsOfPanel;

        public int ColumnsOfPanel(int panel) => Math.Min(Width, Columns - panel * Width);

        public int StartOf(int block) => Start + block * Depth;

        public int DepthOf(int block) => Math.Min(Depth, Inner - block * Depth);

        private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
    }

    /// <summary>One pass over some blocks of the inner dimension.</summary>
    private readonly struct Job(
        Layout layout, TLeft left, TRight right, T* shared, long panelSize, int firstBlock, int blocks, T* c, bool accumulate)
    {
        public readonly Layout Layout = layout;
        public readonly int FirstBlock = firstBlock, Blocks = blocks;
        public readonly int PackPieces = (int)Math.Clamp(
            blocks * (layout.SharesLeft ? layout.RowPanels : layout.ColumnPanels) * panelSize / PackingGrain, 1, 256);

        public int SharedPanels => Layout.SharesLeft ? Layout.RowPanels : Layout.ColumnPanels;

        public T* SharedPanel(int block, int panel) => shared + ((block - FirstBlock) * (long)SharedPanels + panel) * panelSize;

        public void PackLeft(int block, int panel, T* target) =>
            left.Pack(Layout.RowOfPanel(panel), Layout.RowsOfPanel(panel), Layout.StartOf(block), Layout.DepthOf(block), target);

        public void PackRight(int block, int panel, T* target) => right.Pack(
            panel * Layout.Width, Layout.ColumnsOfPanel(panel), Layout.Width, Layout.StartOf(block), Layout.DepthOf(block), target);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Multiply(int block, int rowPanel, int columnPanel, T* a, T* b, T* edge)
        {
            var (rows, columns, depth) = (Layout.RowsOfPanel(rowPanel), Layout.ColumnsOfPanel(columnPanel), Layout.DepthOf(block));
            var add = accumulate || block > FirstBlock;
            var target = c + Layout.RowOfPanel(rowPanel) * (long)Layout.Columns + columnPanel * Layout.Width;
            if (columns == Layout.Width)
            {
                MicroKernel<TSimd, TVector, T>.Run(rows, depth, a, b, target, Layout.Columns, add);
                return;
            }
            if (add) CopyEdge(target, Layout.Columns, edge, Layout.Width, rows, columns);
            MicroKernel<TSimd, TVector, T>.Run(rows, depth, a, b, edge, Layout.Width, add);
            CopyEdge(edge, Layout.Width, target, Layout.Columns, rows, columns);
        }

        private static void CopyEdge(T* from, nint fromStride, T* to, nint toStride, int rows, int columns)
        {
            for (var i = 0; i < rows; i++, from += fromStride, to += toStride)
                for (var j = 0; j < columns; j++) to[j] = from[j];
        }
    }

    private readonly struct PackShared(Job job) : IWork
    {
        public void Run(int index)
        {
            var count = job.Blocks * (long)job.SharedPanels;
            for (var i = count * index / job.PackPieces; i < count * (index + 1) / job.PackPieces; i++)
            {
                var (block, panel) = (job.FirstBlock + (int)(i / job.SharedPanels), (int)(i % job.SharedPanels));
                if (job.Layout.SharesLeft) job.PackLeft(block, panel, job.SharedPanel(block, panel));
                else job.PackRight(block, panel, job.SharedPanel(block, panel));
            }
        }
    }

    /// <summary>Some columns of C: packs them from the right matrix, block by block, and lets the shared rows go by in groups.</summary>
    private readonly struct MultiplyColumns(Job job) : IWork
    {
        public void Run(int index)
        {
            var layout = job.Layout;
            var first = index * layout.PanelsOfPiece;
            var count = Math.Min(layout.PanelsOfPiece, layout.ColumnPanels - first);
            var size = layout.Width * (nint)layout.Depth;
            var own = Scratch.Get<T>(ScratchUse.OwnPanels, size * count);
            var edge = stackalloc T[layout.Width * MicroKernel<TSimd, TVector, T>.MaximumRows];
            for (var block = job.FirstBlock; block < job.FirstBlock + job.Blocks; block++)
            {
                for (var j = 0; j < count; j++) job.PackRight(block, first + j, own + j * size);
                for (var group = 0; group < layout.RowPanels; group += PanelGroup)
                    for (var j = 0; j < count; j++)
                        for (var i = group; i < Math.Min(group + PanelGroup, layout.RowPanels); i++)
                            job.Multiply(block, i, first + j, job.SharedPanel(block, i), own + j * size, edge);
            }
        }
    }

    /// <summary>Some rows of C: packs them from the left matrix, block by block, and lets the shared columns go by.</summary>
    private readonly struct MultiplyRows(Job job) : IWork
    {
        public void Run(int index)
        {
            var layout = job.Layout;
            var first = index * layout.PanelsOfPiece;
            var count = Math.Min(layout.PanelsOfPiece, layout.RowPanels - first);
            var size = MicroKernel<TSimd, TVector, T>.MaximumRows * (nint)layout.Depth + Spill;
            var own = Scratch.Get<T>(ScratchUse.OwnPanels, size * count);
            var edge = stackalloc T[layout.Width * MicroKernel<TSimd, TVector, T>.MaximumRows];
            for (var block = job.FirstBlock; block < job.FirstBlock + job.Blocks; block++)
            {
                for (var i = 0; i < count; i++) job.PackLeft(block, first + i, own + i * size);
                for (var j = 0; j < layout.ColumnPanels; j++)
                    for (var i = 0; i < count; i++)
                        job.Multiply(block, first + i, j, own + i * size, job.SharedPanel(block, j), edge);
            }
        }
    }
}
