System.Console.WriteLine("manifests");
