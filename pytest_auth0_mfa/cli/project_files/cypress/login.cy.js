describe("login", () => {
  beforeEach(() => {
    cy.task("reset");
    // The example page. Replace it by your own application.
    cy.task("addPublicApplication").then(({ client_id }) => {
      cy.visit("example-app.html", { qs: { domain: Cypress.env("domain"), client_id } });
    });
  });

  it("is confirmed with the code of the email", () => {
    cy.task("addUser", { authenticators: ["email"] }).then((user) => {
      cy.get("[name=email]").type(user.email);
      cy.get("[name=password]").type(user.password);
      cy.task("outboxEnd").then((after) => {
        cy.contains("button", "Sign in").click();
        cy.task("nextCode", { user, after }).then((code) => cy.get("[name=code]").type(code));
      });
      cy.contains("button", "Verify").click();
      cy.contains(`Welcome, ${user.email}`);
    });
  });
});
