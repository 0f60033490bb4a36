import java.io.FileInputStream;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

// Validates files by a profile of veraPDF ("2a", "ua1"), and prints what they
// break, a line each.
final class Validate {
  public static void main(String[] args) throws Exception {
    Logger.getLogger("").setLevel(Level.OFF);
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.byFlavourId(args[0]);
    boolean valid = flavour != PDFAFlavour.NO_FLAVOUR && args.length > 1;
    for (int i = 1; i < args.length; i++) {
      try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(args[i]), flavour);
          PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, 20, false, false, false)) {
        ValidationResult result = validator.validate(parser);
        System.out.printf("%s: %d checks by %s, %s%n", args[i], result.getTotalAssertions(), args[0], result.isCompliant() ? "all hold" : "NOT VALID");
        for (TestAssertion a : result.getTestAssertions()) {
          System.out.printf("  %s %s: %s at %s%n", a.getRuleId().getClause(), a.getRuleId().getTestNumber(), a.getMessage(), a.getLocation().getContext());
        }
        valid &= result.isCompliant() && result.getTotalAssertions() > 0;
      }
    }
    System.exit(valid ? 0 : 1);
  }
}
