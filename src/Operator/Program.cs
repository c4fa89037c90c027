System.Console.WriteLine("operator");
