namespace Fml.Model;

/// <summary>Outside data of photos with true meshes; each name is the layout of its folders.</summary>
public enum MeshProtocol
{
    /// <summary>FaceWarehouse: <c>Tester_N/TrainingPose/pose_K.obj</c> and <c>.png</c> (table 2 of the paper).</summary>
    FaceWarehouse,

    /// <summary>BU-3DFE: <c>F0001/F0001_AN01WH_F3D.wrl</c> and <c>.bnd</c>, <c>F0001_AN01WH_F2D.bmp</c>.</summary>
    Bu3dfe,
}

/// <summary>What a person has to know about the data of a protocol.</summary>
internal static class MeshProtocols
{
    /// <summary>The data's own name.</summary>
    public static string Name(this MeshProtocol protocol) => protocol == MeshProtocol.FaceWarehouse ? "FaceWarehouse" : "BU-3DFE";

    /// <summary>How to come by the data and how to lay it out: the end of a sentence.</summary>
    public static string HowTo(this MeshProtocol protocol) => protocol switch
    {
        MeshProtocol.FaceWarehouse =>
            "its owners hand FaceWarehouse out for research on request (http://kunzhou.net/zjugaps/facewarehouse), and it is read as "
            + "FOLDER/Tester_1/TrainingPose/pose_0.obj with pose_0.png beside it, or as FOLDER/PERSON/EXPRESSION.obj with a photo beside it "
            + "(docs/protocols.md)",
        _ =>
            "its owners hand BU-3DFE out under a signed agreement (https://www.cs.binghamton.edu/~lijun/Research/3DFE/3DFE_Analysis.html), and "
            + "it is read as FOLDER/F0001/F0001_AN01WH_F3D.wrl with F0001_AN01WH_F3D.bnd and F0001_AN01WH_F2D.bmp beside it, or as "
            + "FOLDER/PERSON/EXPRESSION.wrl with a photo beside it (docs/protocols.md)",
    };
}
