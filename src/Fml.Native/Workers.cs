namespace Fml.Native;

/// <summary>Work that can be done in independent pieces; see <see cref="Workers.For{TWork}"/>.</summary>
public interface IWork
{
    /// <summary>Does piece <paramref name="index"/>.</summary>
    void Run(int index);
}

/// <summary>
/// A fixed team of threads that shares out the pieces of one job at a time. The caller works too and returns when all is done.
/// Nothing is allocated by a job. Which thread does a piece is left to chance, so pieces must be independent and a piece's result must
/// not depend on the number of threads: that is what makes results reproducible.
/// </summary>
/// <remarks>
/// A thread of the team takes part in a job only if it comes while the job is open; the caller never waits for one that sleeps or that
/// the system has put aside. <c>state</c> says it all in one word: the number of jobs so far, whether the latest is open, and how many
/// have entered it.
/// </remarks>
public sealed unsafe class Workers : IDisposable
{
    private const long OneInside = 1, InsideMask = 0xffff, Open = 1 << 16, OneJob = 1 << 17;
    private const int SpinsBeforeSleep = 100; // of about half a microsecond: the next kernel of a program follows at once

    private readonly Thread[] threads;
    private readonly SemaphoreSlim wake = new(0);
    private readonly Lock oneJob = new();
    private void* work;
    private delegate*<void*, int, void> invoke;
    private int pieces;
    private int next;
    private long state;
    private int sleepers;
    private volatile bool closing;
    private Exception? failure;
    [ThreadStatic] private static bool insideJob;

    /// <summary>Starts a team of <paramref name="count"/> threads, the caller of a job included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread.</exception>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (int)InsideMask);
        Count = count;
        threads = [.. Enumerable.Range(1, count - 1).Select(i => new Thread(Serve) { IsBackground = true, Name = $"fml worker {i}" })];
        foreach (var thread in threads) thread.Start();
    }

    /// <summary>A team of the caller alone: work that is already a piece of a job.</summary>
    internal static Workers Alone { get; } = new(1);

    /// <summary>Threads that share a job, the caller included.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <c>job.Run(0 .. count-1)</c>, each once, and returns when all are done. A job started inside a job runs on its own thread
    /// alone.
    /// </summary>
    /// <exception cref="AggregateException">A piece threw on a team; the first failure is inside. Pieces not yet begun are left
    /// out.</exception>
    public void For<TWork>(int count, TWork job) where TWork : unmanaged, IWork
    {
        if (count <= 1 || threads.Length == 0 || insideJob)
        {
            for (var i = 0; i < count; i++) job.Run(i);
            return;
        }
        lock (oneJob)
        {
            ObjectDisposedException.ThrowIf(closing, this);
            work = &job;
            invoke = &Invoke<TWork>;
            pieces = count;
            next = 0;
            failure = null;
            Interlocked.Add(ref state, OneJob + Open); // a full fence: a worker about to sleep sees the job, or is counted below
            var asleep = Math.Min(Volatile.Read(ref sleepers), count - 1);
            if (asleep > 0) wake.Release(asleep);
            Drain();
            Interlocked.Add(ref state, -Open);
            var spin = new SpinWait();
            while ((Volatile.Read(ref state) & InsideMask) != 0) spin.SpinOnce(-1);
            if (failure is { } first) throw new AggregateException(first);
        }
    }

    private static void Invoke<TWork>(void* job, int index) where TWork : unmanaged, IWork => ((TWork*)job)->Run(index);

    private void Drain()
    {
        insideJob = true;
        try
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < pieces;) invoke(work, i);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
            Volatile.Write(ref next, pieces);
        }
        finally
        {
            insideJob = false;
        }
    }

    private void Serve()
    {
        var done = 0L; // the job this thread has last taken part in or missed
        while (!closing)
        {
            var seen = AwaitJob(done);
            done = seen / OneJob;
            while ((seen & Open) != 0 && seen / OneJob == done)
            {
                var before = Interlocked.CompareExchange(ref state, seen + OneInside, seen);
                if (before == seen)
                {
                    Drain();
                    Interlocked.Add(ref state, -OneInside);
                    break;
                }
                seen = before;
            }
        }
    }

    // Spins for some microseconds, then sleeps; returns the state in which a new job was seen.
    private long AwaitJob(long done)
    {
        long seen;
        for (var i = 0; i < SpinsBeforeSleep; i++)
        {
            if ((seen = Volatile.Read(ref state)) / OneJob != done || closing) return seen;
            Thread.SpinWait(16);
        }
        while ((seen = Volatile.Read(ref state)) / OneJob == done && !closing)
        {
            Interlocked.Increment(ref sleepers);
            if (Volatile.Read(ref state) / OneJob == done && !closing) wake.Wait();
            Interlocked.Decrement(ref sleepers);
        }
        return seen;
    }

    /// <summary>Ends the threads, after a job that may still be running.</summary>
    public void Dispose()
    {
        lock (oneJob)
        {
            if (closing) return;
            closing = true;
        }
        wake.Release(threads.Length + 1);
        foreach (var thread in threads) thread.Join();
        wake.Dispose();
    }
}
